import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ContactLimits } from '../../users/contact-limits/contact-limits';
import { ServerSettings } from '../../platform/config/settings/server.settings';
import { DomainError } from '../../platform/errors/domain-error';
import { Outbox } from '../../platform/notifications/outbox';
import { readerLanguages } from '../../platform/notifications/reader-languages';
import type { AccountProfile } from '../../users/accounts/account';
import { mailboxOf } from '../../users/accounts/mailbox';
import { OneTimeTokenStore } from '../../users/one-time-tokens/one-time-token.store';

const LINK_TTL_SECONDS = 24 * 3600;

/** The message that lets somebody confirm an address. Until then the address waits as the target of the token, nowhere else. */
@Injectable()
export class EmailVerificationLink {
  constructor(
    private readonly oneTimeTokens: OneTimeTokenStore,
    private readonly limits: ContactLimits,
    private readonly outbox: Outbox,
    private readonly settings: ServerSettings,
  ) {}

  /**
   * Sends a link; the one before is void. Whether another account has the address makes no difference, so nobody can probe.
   *
   * @throws DomainError `rate_limited`
   */
  async send(
    tx: EntityManager,
    { id: userId, email: current, locale }: AccountProfile,
    email: string,
    acceptLanguage: string,
  ): Promise<void> {
    await this.limits.countLink(tx, { userId, channel: 'email', destination: mailboxOf(email) });
    const token = await this.oneTimeTokens.create(tx, 'verify_email', userId, LINK_TTL_SECONDS, email);
    await this.outbox.send(tx, {
      channel: 'email',
      to: email,
      template: email === current ? 'verify-email' : 'confirm-new-email',
      languages: readerLanguages(locale, acceptLanguage),
      values: { link: `${this.settings.appUrl}#verify-email=${token}`, hours: String(LINK_TTL_SECONDS / 3600) },
      data: { token },
      goodFor: LINK_TTL_SECONDS,
    });
  }

  /** The same for a new account. Where that mailbox was sent too much, nothing is sent and nothing is said. */
  async sendFirst(tx: EntityManager, account: AccountProfile, acceptLanguage: string): Promise<void> {
    const { email } = account;
    if (email === null) return;
    try {
      // A savepoint: what was counted before a limit refused is not counted.
      await tx.transaction((inner) => this.send(inner, account, email, acceptLanguage));
    } catch (error) {
      if (!(error instanceof DomainError && error.code === 'rate_limited')) throw error;
    }
  }
}
