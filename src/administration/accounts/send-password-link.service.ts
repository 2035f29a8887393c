import { Injectable } from '@nestjs/common';
import { DomainError } from '../../platform/errors/domain-error';
import { Accounts } from '../../users/accounts/accounts.store';
import { PasswordResetLink } from '../../users/passwords/password-reset-link';
import { PasswordStore } from '../../users/passwords/password.store';
import { type ActingCaller, AdministrativeActs } from '../acts/administrative-acts';
import { Invitations } from '../messages/invitations';

@Injectable()
export class SendPasswordLinkService {
  constructor(
    private readonly acts: AdministrativeActs,
    private readonly accounts: Accounts,
    private readonly passwords: PasswordStore,
    private readonly resetLink: PasswordResetLink,
    private readonly invitations: Invitations,
  ) {}

  /**
   * Sends a link to choose a password to the verified e-mail address; to the one that was given, where no password has been
   * chosen yet. Until it is used nothing changes.
   *
   * @throws DomainError `not_found` where there is no such account, or no address to send to; `forbidden`, `token_invalid`
   */
  async send(by: ActingCaller, userId: string): Promise<void> {
    await this.acts.onAccount(by, {
      userId,
      type: 'account.password_link_sent',
      act: async (tx) => {
        const { email, emailVerified, username, locale } = (await this.accounts.findProfileIn(tx, userId)) ?? {};
        const isNew = !(await this.passwords.has(tx, userId));
        if (email == null || username === undefined || !(isNew || emailVerified === true)) {
          throw new DomainError('not_found', { detail: 'The account has no verified e-mail address.' });
        }
        if (isNew) await this.invitations.send(tx, { id: userId, username, email });
        else await this.resetLink.send(tx, userId, { email, locale: locale ?? null }, by.client.acceptLanguage);
      },
    });
  }
}
