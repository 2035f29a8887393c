import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Outbox } from '../../platform/notifications/outbox';
import { Accounts } from '../../users/accounts/accounts.store';
import { OneTimeTokenStore } from '../../users/one-time-tokens/one-time-token.store';

const CODE_TTL_SECONDS = 24 * 3600;

/** Codes that enroll a first factor where a password is not enough. */
@Injectable()
export class EnrollmentCodeMessages {
  constructor(
    private readonly accounts: Accounts,
    private readonly oneTimeTokens: OneTimeTokenStore,
    private readonly outbox: Outbox,
  ) {}

  /** Sends one code to every verified address of the account. The code before it is void. */
  async send(tx: EntityManager, userId: string): Promise<void> {
    const profile = await this.accounts.findProfileIn(tx, userId);
    const { email, emailVerified, phone, phoneVerified } = profile ?? {};
    const code = await this.oneTimeTokens.create(tx, 'enroll_factor', userId, CODE_TTL_SECONDS);
    const hours = String(CODE_TTL_SECONDS / 3600);
    const languages = profile?.locale == null ? [] : [profile.locale];
    const message = { template: 'enrollment-code', languages, values: { code, hours }, data: { code } };
    if (email != null && emailVerified === true) {
      await this.outbox.send(tx, { channel: 'email', to: email, ...message });
    }
    if (phone != null && phoneVerified === true) {
      await this.outbox.send(tx, { channel: 'sms', to: phone, ...message });
    }
  }
}
