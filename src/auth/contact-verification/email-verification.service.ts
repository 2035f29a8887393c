import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../platform/audit/audit-log';
import { ServerSettings } from '../../platform/config/settings/server.settings';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import { Outbox } from '../../platform/notifications/outbox';
import type { AccountProfile } from '../../users/accounts/account';
import { Accounts } from '../../users/accounts/accounts.store';
import { OneTimeTokenStore } from '../../users/one-time-tokens/one-time-token.store';

const LINK_TTL_SECONDS = 24 * 3600;

/** Proves that an address belongs to the account that named it. */
@Injectable()
export class EmailVerificationService {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly oneTimeTokens: OneTimeTokenStore,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
    private readonly settings: ServerSettings,
  ) {}

  /** Sends a link. Whether another account has the address makes no difference, so nobody can probe. */
  async send(tx: EntityManager, userId: string, email: string): Promise<void> {
    const token = await this.oneTimeTokens.create(tx, 'verify_email', userId, LINK_TTL_SECONDS, email);
    const { appName, appUrl } = this.settings;
    await this.outbox.send(tx, {
      channel: 'email',
      to: email,
      subject: `${appName}: confirm your address`,
      text: [
        `Somebody registered with ${appName} and gave this address.`,
        `If it was you, confirm it within 24 hours while you are signed in:`,
        `${appUrl}#verify-email=${token}`,
        `If it was not you, do nothing.`,
      ].join('\n\n'),
      data: { token },
    });
  }

  /** Sends the link again; the one before is void. @throws DomainError `not_found` without an unverified address */
  async resend(userId: string): Promise<void> {
    const { email, emailVerified } = await this.profileOf(userId);
    if (email === null || emailVerified) {
      throw new DomainError('not_found', { detail: 'The account has no address that is waiting for confirmation.' });
    }
    await this.transactions.run((tx) => this.send(tx, userId, email));
  }

  /**
   * Verifies the address that the link went to, for the account that asked for it.
   *
   * @throws DomainError `invalid_token`
   */
  async verify(userId: string, token: string): Promise<AccountProfile> {
    await this.transactions.run(async (tx) => {
      const found = await this.oneTimeTokens.find(tx, 'verify_email', userId, token);
      const verified =
        found?.target != null &&
        (await this.oneTimeTokens.consume(tx, found.id)) &&
        (await this.accounts.markEmailVerified(tx, userId, found.target));
      if (!verified) {
        throw new DomainError('invalid_token', {
          detail: 'The link is too old, was used, or is not for this account.',
        });
      }
      await this.audit.record(tx, { type: 'account.email_verified', outcome: 'success', actorId: userId });
    });
    return this.profileOf(userId);
  }

  private async profileOf(userId: string): Promise<AccountProfile> {
    const profile = await this.accounts.findProfile(userId);
    if (profile === undefined) throw new DomainError('not_found');
    return profile;
  }
}
