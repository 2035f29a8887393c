import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Principal } from '../../access/principal';
import { Transactions } from '../../platform/database/transactions';
import type { ClientInfo } from '../../platform/http/client-info';
import { RevocationPoller } from '../../tokens/revocation/revocation-poller';
import { SessionEndings } from '../../tokens/sessions/session-endings.store';
import { SessionStore } from '../../tokens/sessions/session.store';
import { EnrollmentRights } from './enrollment-rights';
import { FactorEvents } from './factor-events';
import { FactorRemoval } from './factor-removal';

@Injectable()
export class DropFactorService {
  constructor(
    private readonly transactions: Transactions,
    private readonly rights: EnrollmentRights,
    private readonly removal: FactorRemoval,
    private readonly events: FactorEvents,
    private readonly sessions: SessionStore,
    private readonly endings: SessionEndings,
    private readonly revocations: RevocationPoller,
  ) {}

  /**
   * Drops a factor: no session counts it any more, and every other session ends.
   *
   * @throws DomainError `not_found`, `forbidden`, `last_factor`, or the step-up that is missing
   */
  async drop(principal: Principal, factorId: string, client: ClientInfo): Promise<void> {
    await this.transactions.run((tx) => this.dropIn(tx, principal, factorId, client));
    await this.revocations.catchUp();
  }

  private async dropIn(tx: EntityManager, principal: Principal, factorId: string, client: ClientInfo): Promise<void> {
    const { userId, sessionId } = principal;
    // Locked: two that drop one of the last two factors each, or drop one while another is activated, must see each other.
    const account = await this.rights.toChangeLocked(tx, principal);
    const { factor, ids } = await this.removal.remove(tx, account, factorId);
    await this.events.dropped(tx, { caller: principal, client }, factor);
    await this.sessions.strikeFactor(tx, sessionId, ids);
    await this.endings.endOthers(tx, userId, sessionId, 'factor_dropped');
  }
}
