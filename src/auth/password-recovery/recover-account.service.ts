import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../platform/audit/audit-log';
import type { ClientInfo } from '../../platform/http/client-info';
import { RevocationLog } from '../../tokens/revocation/revocation-log';
import { SessionEndings } from '../../tokens/sessions/session-endings.store';
import { Accounts } from '../../users/accounts/accounts.store';
import { Notices } from '../../users/notices/notices';
import { KnownDevices } from '../../users/password-attempts/known-devices';
import { PasswordCountStore } from '../../users/password-attempts/password-count.store';
import { PasswordStore } from '../../users/passwords/password.store';

/** What a password reset by e-mail does to an account. */
@Injectable()
export class RecoverAccountService {
  constructor(
    private readonly accounts: Accounts,
    private readonly passwords: PasswordStore,
    private readonly passwordCounts: PasswordCountStore,
    private readonly devices: KnownDevices,
    private readonly sessions: SessionEndings,
    private readonly revocations: RevocationLog,
    private readonly notices: Notices,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @param email the address that the link went to
   * @param hash of the new password
   * @returns false when the account is disabled, or that is not its verified address any more: nothing has changed
   */
  async recover(tx: EntityManager, userId: string, email: string, hash: string, { ip }: ClientInfo): Promise<boolean> {
    const tokenVersion = await this.accounts.markRecovered(tx, userId, email);
    if (tokenVersion === undefined) {
      await this.audit.record(tx, { type: 'account.password_reset', outcome: 'failure', subjectId: userId, ip });
      return false;
    }
    // Before the sessions: one that a sign-in with the old password begins meanwhile waits for this, and is refused.
    await this.passwords.reset(tx, userId, hash);
    // Whoever knew the old password may have a device of their own; and guesses at the old one say nothing of the new one.
    await this.devices.dropAll(tx, userId);
    await this.passwordCounts.unlock(tx, userId);
    await this.sessions.endAll(tx, userId, 'password_reset');
    await this.revocations.revokeUser(tx, userId, tokenVersion);
    await this.notices.send(tx, userId, { kind: 'password-reset', notOnlyTo: email });
    await this.audit.record(tx, { type: 'account.password_reset', outcome: 'success', subjectId: userId, ip });
    return true;
  }
}
