export type OneTimeTokenPurpose = 'verify_email' | 'enroll_factor';

export interface OneTimeToken {
  readonly id: string;
  /** The address it was sent to. */
  readonly target: string | null;
}
