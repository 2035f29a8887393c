import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { MfaSettings } from '../../platform/config/settings/mfa.settings';
import { DomainError } from '../../platform/errors/domain-error';
import type { SignInAccount } from '../../users/accounts/account';
import { OneTimeTokenStore } from '../../users/one-time-tokens/one-time-token.store';
import { needsEnrollmentCode } from './enrollment-rules';

/** The codes that an administrator gives where a password is not enough to enroll the first factor. */
@Injectable()
export class EnrollmentCodes {
  constructor(
    private readonly tokens: OneTimeTokenStore,
    private readonly settings: MfaSettings,
  ) {}

  /**
   * Looks at the code that a factor is begun with; it is used up when the factor is proven.
   *
   * @returns the code's id; null where none is needed
   * @throws DomainError `invalid_token`
   */
  async check(tx: EntityManager, account: SignInAccount, code: string | undefined): Promise<string | null> {
    if (!this.isNeeded(account)) return null;
    const token = code && (await this.tokens.find(tx, 'enroll_factor', account.id, code));
    if (token) return token.id;
    const detail =
      code === undefined
        ? 'This account needs an enrollment code from an administrator to enroll its first factor.'
        : 'The enrollment code is wrong, too old, or was used. Ask an administrator for another.';
    throw new DomainError('invalid_token', { detail });
  }

  /**
   * Uses up the code that a first factor was begun with.
   *
   * @param account as it was before the factor
   * @throws DomainError `invalid_token`
   */
  async consume(tx: EntityManager, account: SignInAccount, tokenId: string | null): Promise<void> {
    // Begun without one where none was needed, and proven where one is by now: a role came in between, say.
    const isGood = tokenId === null ? !this.isNeeded(account) : await this.tokens.consume(tx, tokenId);
    if (!isGood) throw new DomainError('invalid_token', { detail: 'The enrollment code is too old or was used.' });
  }

  private isNeeded({ roles, mfaEnrolledAt, firstSignInAt }: SignInAccount): boolean {
    return needsEnrollmentCode({
      mustHaveFactor: this.settings.demandsFactor(roles),
      isEnrolled: mfaEnrolledAt !== null,
      hasSignedInBefore: firstSignInAt !== null,
    });
  }
}
