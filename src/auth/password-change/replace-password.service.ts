import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Principal } from '../../access/principal';
import { AuditLog } from '../../platform/audit/audit-log';
import { Clock } from '../../platform/clock/clock';
import type { ClientInfo } from '../../platform/http/client-info';
import { invalidToken } from '../../tokens/access-tokens/bearer-token';
import { SessionEndings } from '../../tokens/sessions/session-endings.store';
import { SessionStore } from '../../tokens/sessions/session.store';
import { Accounts } from '../../users/accounts/accounts.store';
import { Notices } from '../../users/notices/notices';
import { type PasswordProof, PasswordStore } from '../../users/passwords/password.store';

/** What a changed password does to an account. */
@Injectable()
export class ReplacePasswordService {
  constructor(
    private readonly passwords: PasswordStore,
    private readonly accounts: Accounts,
    private readonly sessions: SessionStore,
    private readonly endings: SessionEndings,
    private readonly notices: Notices,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * @param tx holds the account's lock
   * @param proof the current password, as it was shown
   * @returns false when the password was changed since it was shown
   * @throws DomainError `token_invalid` when the session is over
   */
  async replace(
    tx: EntityManager,
    { userId, sessionId }: Principal,
    proof: PasswordProof,
    hash: string,
    { ip }: ClientInfo,
  ): Promise<boolean> {
    const session = await this.sessions.find(tx, sessionId);
    if (!session?.isLiveAt(this.clock.now())) throw invalidToken('the session is over');
    // Before the sessions: one that a sign-in with the old password begins meanwhile waits for this, and is refused.
    if (!(await this.passwords.change(tx, proof, hash))) return false;
    // Other tokens are refused by their sessions. Not by version: the acting session's token is to stay good.
    await this.endings.endOthers(tx, userId, sessionId, 'password_changed');
    await this.accounts.raiseTokenVersion(tx, userId);
    await this.notices.send(tx, userId, { kind: 'password-changed' });
    const type = 'account.password_changed';
    await this.audit.record(tx, { type, outcome: 'success', actorId: userId, sessionId, ip });
    return true;
  }
}
