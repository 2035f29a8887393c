import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ServerSettings } from '../../platform/config/settings/server.settings';
import { Outbox } from '../../platform/notifications/outbox';
import { readerLanguages } from '../../platform/notifications/reader-languages';
import { OneTimeTokenStore } from '../one-time-tokens/one-time-token.store';
import type { ResetRecipient } from './password-reset-mails';

const LINK_TTL_SECONDS = 30 * 60;

/** The message that lets somebody choose a new password. */
@Injectable()
export class PasswordResetLink {
  constructor(
    private readonly oneTimeTokens: OneTimeTokenStore,
    private readonly outbox: Outbox,
    private readonly settings: ServerSettings,
  ) {}

  /**
   * Makes a link and sends it; the one before is void.
   *
   * @param acceptLanguage of whoever asked, who may be somebody else than the reader
   */
  async send(
    tx: EntityManager,
    userId: string,
    { email, locale }: ResetRecipient,
    acceptLanguage: string,
  ): Promise<void> {
    const token = await this.oneTimeTokens.create(tx, 'reset_password', userId, LINK_TTL_SECONDS, email);
    await this.outbox.send(tx, {
      channel: 'email',
      to: email,
      template: 'reset-password',
      languages: readerLanguages(locale, acceptLanguage),
      values: {
        // Of settings, never of a header: whoever asks does not choose where the token goes.
        link: `${this.settings.appUrl}#reset-password=${token}`,
        minutes: String(LINK_TTL_SECONDS / 60),
      },
      data: { token },
      goodFor: LINK_TTL_SECONDS,
    });
  }
}
