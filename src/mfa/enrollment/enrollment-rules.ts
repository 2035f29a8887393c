import { type Caller, isMfaTokenHolder } from '../../access/principal';
import { assessRecentAuthentication, stepUpError } from '../../access/assurance';
import { DomainError } from '../../platform/errors/domain-error';

/** Seconds for which a sign-in, or a second factor, is recent enough to change factors. */
export const RECENT_SECONDS = 600;

/**
 * Whether the caller may begin or prove a factor now.
 *
 * @param isEnrolled whether the account has an active factor, by the database and not by the token
 * @param now seconds since the epoch
 * @throws DomainError `forbidden`, or the step-up that is missing
 */
export function assertMayEnroll(caller: Caller, isEnrolled: boolean, now: number): void {
  if (isMfaTokenHolder(caller)) {
    if (caller.purpose === 'enroll' && !isEnrolled) return;
    throw new DomainError('forbidden', { detail: 'This MFA token is for verifying a factor, not for enrolling one.' });
  }
  // The rule of `@RequireRecentAuthentication()` once more, by what the account has now: the token may be older than that.
  const shortfall = assessRecentAuthentication({ ...caller, mfaEnrolled: isEnrolled }, RECENT_SECONDS, now);
  if (shortfall) throw stepUpError(shortfall);
}

export interface EnrollmentCodeFacts {
  /** Policy or role demands a factor. */
  readonly mustHaveFactor: boolean;
  readonly isEnrolled: boolean;
  /** Got an access token before. */
  readonly hasSignedInBefore: boolean;
}

/** Whether a password is not enough to enroll: somebody else may know it, and the account is worth protecting. */
export function needsEnrollmentCode({ mustHaveFactor, isEnrolled, hasSignedInBefore }: EnrollmentCodeFacts): boolean {
  return mustHaveFactor && !isEnrolled && hasSignedInBefore;
}
