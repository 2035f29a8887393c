import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../platform/audit/audit-log';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import type { AccountProfile } from '../../users/accounts/account';
import { Accounts } from '../../users/accounts/accounts.store';
import { foldEmail } from '../../users/accounts/mailbox';
import { VerifiedContacts } from '../../users/accounts/verified-contacts.store';
import { Notices } from '../../users/notices/notices';
import { OneTimeTokenStore } from '../../users/one-time-tokens/one-time-token.store';
import { EmailVerificationLink } from './email-verification-link';

/** Proves that an address belongs to the account that named it. */
@Injectable()
export class EmailVerificationService {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly contacts: VerifiedContacts,
    private readonly oneTimeTokens: OneTimeTokenStore,
    private readonly link: EmailVerificationLink,
    private readonly notices: Notices,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Sends the link again, to the address that waits; the one before is void.
   *
   * @throws DomainError `not_found` when none waits, `rate_limited`
   */
  async resend(userId: string, { acceptLanguage }: ClientInfo): Promise<void> {
    await this.transactions.run(async (tx) => {
      await this.accounts.lock(tx, userId);
      const account = await this.accounts.findProfileIn(tx, userId);
      if (account === undefined) throw new DomainError('not_found');
      const own = account.emailVerified ? null : account.email;
      const waiting = (await this.oneTimeTokens.liveTarget(tx, 'verify_email', userId)) ?? own;
      if (waiting === null) {
        throw new DomainError('not_found', { detail: 'The account has no address that is waiting for confirmation.' });
      }
      await this.link.send(tx, account, waiting, acceptLanguage);
    });
  }

  /**
   * Gives the account the address that the link went to, if it is the account that asked. Its factors stay as they are, and so
   * does `recovered_mailbox`: a new address makes the mailbox that reset the password no more trustworthy.
   *
   * @throws DomainError `invalid_token`
   */
  async verify(userId: string, token: string, { ip }: ClientInfo): Promise<AccountProfile> {
    try {
      return await this.take(userId, token, ip);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'invalid_token') {
        const event = { type: 'account.email_verified', outcome: 'failure', actorId: userId, ip } as const;
        await this.transactions.run((tx) => this.audit.record(tx, event));
      }
      throw error;
    }
  }

  private take(userId: string, token: string, ip: string): Promise<AccountProfile> {
    return this.transactions.run(async (tx) => {
      await this.accounts.lock(tx, userId);
      const before = await this.accounts.findProfileIn(tx, userId);
      const found = await this.oneTimeTokens.find(tx, 'verify_email', userId, token);
      if (before === undefined || found?.target == null || !(await this.oneTimeTokens.consume(tx, found.id))) {
        throw invalidLink();
      }
      const isChange = before.emailVerified && foldEmail(before.email ?? '') !== foldEmail(found.target);
      // While the old address is still the account's: the notice goes there.
      if (isChange) await this.notices.send(tx, userId, { kind: 'email-changed' });
      if (!(await this.contacts.takeVerifiedEmail(tx, userId, found.target))) throw invalidLink();
      if (isChange) await this.oneTimeTokens.void(tx, 'reset_password', userId);
      const type = isChange ? 'account.email_changed' : 'account.email_verified';
      await this.audit.record(tx, { type, outcome: 'success', actorId: userId, ip });
      const after = await this.accounts.findProfileIn(tx, userId);
      if (after === undefined) throw new DomainError('not_found');
      return after;
    });
  }
}

function invalidLink(): DomainError {
  return new DomainError('invalid_token', { detail: 'The link is too old, was used, or is not for this account.' });
}
