import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { wrongResponse } from '../../mfa/challenges/wrong-response';
import { ContactLimits } from '../../users/contact-limits/contact-limits';
import { parseMobileNumber } from '../../mfa/factors/sms-code/mobile-number';
import { AuditLog } from '../../platform/audit/audit-log';
import { MfaSettings } from '../../platform/config/settings/mfa.settings';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import type { AccountProfile } from '../../users/accounts/account';
import { Accounts } from '../../users/accounts/accounts.store';
import { VerifiedContacts } from '../../users/accounts/verified-contacts.store';
import { Notices } from '../../users/notices/notices';
import { contactOf, PhoneVerificationCode } from './phone-verification-code';
import { PhoneVerificationStore } from './phone-verification.store';

/** Proves that a phone number belongs to the account that named it. */
@Injectable()
export class PhoneVerificationService {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly contacts: VerifiedContacts,
    private readonly verifications: PhoneVerificationStore,
    private readonly codes: PhoneVerificationCode,
    private readonly limits: ContactLimits,
    private readonly notices: Notices,
    private readonly audit: AuditLog,
    private readonly settings: MfaSettings,
  ) {}

  /** @throws DomainError `not_found` when no number waits, `rate_limited`, `delivery_failed` */
  async resend(userId: string, { acceptLanguage }: ClientInfo): Promise<void> {
    await this.transactions.run(async (tx) => {
      await this.accounts.lock(tx, userId);
      const account = await this.accounts.findProfileIn(tx, userId);
      if (account === undefined) throw new DomainError('not_found');
      const own = account.phoneVerified || account.phone === null ? undefined : parseMobileNumber(account.phone);
      const waiting = (await this.verifications.find(tx, userId))?.phone ?? own;
      if (waiting === undefined) {
        throw new DomainError('not_found', {
          detail: 'The account has no mobile number that is waiting for confirmation.',
        });
      }
      await this.codes.send(tx, account, waiting, acceptLanguage);
    });
  }

  /**
   * Gives the account the number that the code went to.
   *
   * @throws DomainError `invalid_code`, `challenge_expired`, `too_many_attempts`
   */
  async verify(userId: string, code: string, { ip }: ClientInfo): Promise<AccountProfile> {
    // A refusal is returned, and thrown after the commit: its try stays counted.
    const result = await this.transactions.run((tx) => this.tryCode(tx, userId, code, ip));
    if (result instanceof DomainError) throw result;
    return result;
  }

  private async tryCode(
    tx: EntityManager,
    userId: string,
    code: string,
    ip: string,
  ): Promise<AccountProfile | DomainError> {
    await this.accounts.lock(tx, userId);
    const tried = await this.verifications.countTry(tx, userId, this.settings.challengeMaxAttempts);
    if (tried === undefined) {
      return new DomainError('challenge_expired', {
        detail: 'The code is too old, was used, or its tries are spent. Have another one sent.',
      });
    }
    const contact = contactOf(tried);
    await this.limits.countGuess(tx, contact);
    if (!this.codes.isRight(tried, code) || !(await this.verifications.consume(tx, tried.id))) {
      await this.audit.record(tx, { type: 'account.phone_verified', outcome: 'failure', actorId: userId, ip });
      return wrongResponse({ code }, tried);
    }
    await this.limits.forgetGuesses(tx, contact);
    const before = await this.accounts.findProfileIn(tx, userId);
    if (before === undefined) return new DomainError('not_found');
    const isChange = before.phoneVerified && before.phone !== tried.phone;
    if (!(await this.contacts.takeVerifiedPhone(tx, userId, tried.phone))) {
      // Another account proved the number first.
      await this.audit.record(tx, { type: 'account.phone_verified', outcome: 'failure', actorId: userId, ip });
      return wrongResponse({ code });
    }
    // To the address, and to the number that is the account's no more.
    if (isChange) await this.notices.send(tx, userId, { kind: 'phone-changed', alsoTo: [before.phone ?? ''] });
    const type = isChange ? 'account.phone_changed' : 'account.phone_verified';
    await this.audit.record(tx, { type, outcome: 'success', actorId: userId, ip });
    return (await this.accounts.findProfileIn(tx, userId)) ?? new DomainError('not_found');
  }
}
