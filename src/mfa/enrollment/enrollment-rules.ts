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
