import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Principal } from '../../access/principal';
import { AuditLog } from '../../platform/audit/audit-log';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import { RevocationPoller } from '../../tokens/revocation/revocation-poller';
import { SessionEndings } from '../../tokens/sessions/session-endings.store';

/** People end sessions of their own from the list; the access tokens of those end with them. */
@Injectable()
export class EndSessionsService {
  constructor(
    private readonly transactions: Transactions,
    private readonly sessions: SessionEndings,
    private readonly revocations: RevocationPoller,
    private readonly audit: AuditLog,
  ) {}

  /** @throws DomainError `not_found` for one that is not the caller's, or over */
  async endOne(principal: Principal, id: string, client: ClientInfo): Promise<void> {
    await this.transactions.run(async (tx) => {
      if (!(await this.sessions.endLive(tx, principal.userId, id, 'ended_by_owner'))) {
        throw new DomainError('not_found', { detail: 'No such session, or it is over.' });
      }
      await this.record(tx, principal, [id], client);
    });
    await this.revocations.catchUp();
  }

  /** Ends all but the one that asks; those that wait for a second factor, too. */
  async endOthers(principal: Principal, client: ClientInfo): Promise<void> {
    const { userId, sessionId } = principal;
    await this.transactions.run(async (tx) => {
      const ended = await this.sessions.endOthers(tx, userId, sessionId, 'ended_by_owner');
      if (ended.length > 0) await this.record(tx, principal, ended, client);
    });
    await this.revocations.catchUp();
  }

  private async record(
    tx: EntityManager,
    { userId, sessionId }: Principal,
    endedSessionIds: readonly string[],
    { ip }: ClientInfo,
  ): Promise<void> {
    const details = { endedSessionIds };
    await this.audit.record(tx, { type: 'session.ended', outcome: 'success', actorId: userId, sessionId, ip, details });
  }
}
