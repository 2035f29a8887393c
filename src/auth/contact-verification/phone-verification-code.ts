import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Contact } from '../../users/contact-limits/attempt-limits';
import { ContactLimits } from '../../users/contact-limits/contact-limits';
import { type CodeBinding, SentCodes } from '../../mfa/factors/codes/sent-codes';
import { parseMobileNumber } from '../../mfa/factors/sms-code/mobile-number';
import { newId } from '../../platform/crypto/new-id';
import { DomainError } from '../../platform/errors/domain-error';
import { Outbox } from '../../platform/notifications/outbox';
import { readerLanguages } from '../../platform/notifications/reader-languages';
import type { AccountProfile } from '../../users/accounts/account';
import { type PhoneVerification, PhoneVerificationStore } from './phone-verification.store';

const RETRY_SECONDS = 60;

/** The message that lets somebody confirm a phone number. Until then the number waits with its code, nowhere else. */
@Injectable()
export class PhoneVerificationCode {
  constructor(
    private readonly verifications: PhoneVerificationStore,
    private readonly codes: SentCodes,
    private readonly limits: ContactLimits,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Sends a code; the one before is void.
   *
   * @param phone in E.164
   * @throws DomainError `rate_limited`, `delivery_failed` where no SMS leaves
   */
  async send(
    tx: EntityManager,
    { id: userId, locale }: AccountProfile,
    phone: string,
    acceptLanguage: string,
  ): Promise<void> {
    if (!this.codes.canSend('sms')) throw new DomainError('delivery_failed', { retryAfter: RETRY_SECONDS });
    await this.limits.countFirstCode(tx, contactOf({ userId, phone }));
    const id = newId();
    const languages = readerLanguages(locale, acceptLanguage);
    const sent = this.codes.issue(bindingOf({ id, userId, phone }), { channel: 'sms', to: phone, languages });
    await this.verifications.begin(tx, { id, userId, phone, state: sent.state, expiresAt: sent.expiresAt });
    await this.outbox.send(tx, sent.message);
  }

  /** The same for a new account. A number that can have no SMS now stays unconfirmed, and nothing is said. */
  async sendFirst(tx: EntityManager, account: AccountProfile, acceptLanguage: string): Promise<void> {
    const phone = account.phone === null ? undefined : parseMobileNumber(account.phone);
    if (phone === undefined || !this.codes.canSend('sms')) return;
    try {
      // A savepoint: what was counted before a limit refused is not counted.
      await tx.transaction((inner) => this.send(inner, account, phone, acceptLanguage));
    } catch (error) {
      if (!(error instanceof DomainError && error.code === 'rate_limited')) throw error;
    }
  }

  isRight(verification: PhoneVerification, code: string): boolean {
    return this.codes.isRight(bindingOf(verification), code, verification.state);
  }
}

export function contactOf({ userId, phone }: Pick<PhoneVerification, 'userId' | 'phone'>): Contact {
  return { userId, channel: 'sms', destination: phone };
}

function bindingOf({ id, userId, phone }: Pick<PhoneVerification, 'id' | 'userId' | 'phone'>): CodeBinding {
  return { purpose: 'contact', id, boundTo: `${userId}\0${phone}` };
}
