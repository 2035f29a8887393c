import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../platform/audit/audit-log';
import type { ClientInfo } from '../../platform/http/client-info';
import { Accounts } from '../../users/accounts/accounts.store';
import { VerifiedContacts } from '../../users/accounts/verified-contacts.store';
import { PasswordStore } from '../../users/passwords/password.store';
import { invalidLink } from './invalid-link';
import { RecoverAccountService } from './recover-account.service';

/** The first password of an account that somebody else made. */
@Injectable()
export class ChooseFirstPasswordService {
  constructor(
    private readonly accounts: Accounts,
    private readonly contacts: VerifiedContacts,
    private readonly passwords: PasswordStore,
    private readonly recovery: RecoverAccountService,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Whoever has the link reads the mailbox that it went to: that address is verified by it, and is no second factor beside the
   * password that it chose.
   *
   * @param tx holds the account's lock
   * @param email the address that the link went to; null where an operator handed it over
   * @param hash of the password
   * @returns false when the account has a password, or is disabled: nothing has changed
   * @throws DomainError `invalid_token` when the address is not to be had any more
   */
  async choose(
    tx: EntityManager,
    userId: string,
    email: string | null,
    hash: string,
    client: ClientInfo,
  ): Promise<boolean> {
    const account = await this.accounts.findForSignIn(tx, userId);
    if (account?.status !== 'active' || (await this.passwords.has(tx, userId))) return false;
    if (email !== null) {
      // Somebody else verified it first, or the account has another by now.
      if (!(await this.contacts.markEmailVerified(tx, userId, email))) throw invalidLink();
      return this.recovery.recover(tx, userId, email, hash, client);
    }
    await this.passwords.create(tx, userId, hash);
    const event = { type: 'account.password_chosen', outcome: 'success', subjectId: userId, ip: client.ip } as const;
    await this.audit.record(tx, event);
    return true;
  }
}
