/** `choose_password` is for an account that has no password yet. */
export type OneTimeTokenPurpose = 'verify_email' | 'enroll_factor' | 'reset_password' | 'choose_password';

export interface OneTimeToken {
  readonly id: string;
  readonly purpose: OneTimeTokenPurpose;
  readonly userId: string;
  /** The address it was sent to. */
  readonly target: string | null;
}
