import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../access/principal';
import { type AuditEvent, AuditLog } from '../../platform/audit/audit-log';
import type { ClientInfo } from '../../platform/http/client-info';
import type { FactorRecord } from '../factors/factor';
import type { AttemptVerdict } from '../factors/factor-attempts';
import { FactorNotices } from '../factors/factor-notices';

/** Who acts, and from where. */
export interface ActingClient {
  readonly caller: Caller;
  readonly client: ClientInfo;
}

/** What happens to the factors of an account: recorded, and told to its owner, with the change itself. */
@Injectable()
export class FactorEvents {
  constructor(
    private readonly audit: AuditLog,
    private readonly notices: FactorNotices,
  ) {}

  async begun(tx: EntityManager, by: ActingClient, factor: FactorRecord): Promise<void> {
    await this.record(tx, by, 'mfa.factor_begun', 'success', detailsOf(factor));
  }

  /** @param changed names of what was changed */
  async changed(tx: EntityManager, by: ActingClient, factor: FactorRecord, changed: readonly string[]): Promise<void> {
    await this.record(tx, by, 'mfa.factor_changed', 'success', { ...detailsOf(factor), changed });
  }

  async activated(tx: EntityManager, by: ActingClient, factor: FactorRecord): Promise<void> {
    await this.record(tx, by, 'mfa.factor_activated', 'success', detailsOf(factor));
    await this.notices.about(tx, factor, 'factor-added');
  }

  async notActivated(
    tx: EntityManager,
    by: ActingClient,
    factor: FactorRecord,
    cause: AttemptVerdict['verdict'],
  ): Promise<void> {
    await this.record(tx, by, 'mfa.factor_activated', 'failure', { ...detailsOf(factor), cause });
  }

  async dropped(tx: EntityManager, by: ActingClient, factor: FactorRecord): Promise<void> {
    await this.record(tx, by, 'mfa.factor_dropped', 'success', detailsOf(factor));
    await this.notices.about(tx, factor, 'factor-dropped');
  }

  async recoveryCodesRegenerated(tx: EntityManager, by: ActingClient): Promise<void> {
    await this.record(tx, by, 'mfa.recovery_codes_regenerated', 'success');
    await this.notices.send(tx, by.caller.userId, 'recovery-codes-regenerated');
  }

  private async record(
    tx: EntityManager,
    { caller: { userId, sessionId }, client: { ip } }: ActingClient,
    type: AuditEvent['type'],
    outcome: AuditEvent['outcome'],
    details?: AuditEvent['details'],
  ): Promise<void> {
    await this.audit.record(tx, { type, outcome, actorId: userId, sessionId, ip, ...(details && { details }) });
  }
}

function detailsOf({ id, type }: FactorRecord): { factorId: string; factorType: string } {
  return { factorId: id, factorType: type };
}
