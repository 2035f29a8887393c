import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Acr } from '../../access/principal';
import { type AuditEvent, AuditLog } from '../../platform/audit/audit-log';
import type { ClientInfo } from '../../platform/http/client-info';
import { type Counter, Metrics } from '../../platform/metrics/metrics';
import type { Session } from '../../tokens/sessions/session';

/** Why a refresh token was refused. For log, audit and metrics only: the client reads one answer. */
export type RefreshRefusal =
  'forged' | 'transport' | 'expired' | 'revoked' | 'reused' | 'superseded' | 'account' | 'risk';

/** What became of a refresh. `repeated`: the current token again, for the one before. */
export type RefreshOutcome =
  'rotated' | 'repeated' | 'mfa_required' | 'mfa_enrollment_required' | 'busy' | RefreshRefusal;

/** What audit log and metrics keep of a refresh. */
@Injectable()
export class RefreshAudit {
  private readonly refreshes: Counter<{ outcome: RefreshOutcome }>;

  constructor(
    private readonly audit: AuditLog,
    metrics: Metrics,
  ) {
    this.refreshes = metrics.counter({
      name: 'countersign_refreshes_total',
      help: 'Refresh tokens presented, by what became of them.',
      labels: ['outcome'],
    });
  }

  /** The event of a refresh that goes through; a rotation records it in the statement that rotates. */
  refreshed(session: Session, client: ClientInfo, acr: Acr, standing: 'current' | 'previous'): AuditEvent {
    return {
      type: 'session.refreshed',
      outcome: 'success',
      actorId: session.userId,
      sessionId: session.id,
      ip: client.ip,
      details: { acr, standing },
    };
  }

  /** Records that the current token was given once more. */
  async repeated(tx: EntityManager, session: Session, client: ClientInfo, acr: Acr): Promise<void> {
    await this.audit.record(tx, this.refreshed(session, client, acr, 'previous'));
  }

  async refused(tx: EntityManager, session: Session, client: ClientInfo, cause: RefreshRefusal): Promise<void> {
    await this.audit.record(tx, {
      type: 'session.refreshed',
      outcome: 'failure',
      subjectId: session.userId,
      sessionId: session.id,
      ip: client.ip,
      details: { cause },
    });
  }

  /** Counts it; after the commit. */
  count(outcome: RefreshOutcome): void {
    this.refreshes.add({ outcome });
  }
}
