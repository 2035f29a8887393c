/** Values of `amr` that name a factor, strongest first (RFC 8176 and our own); others, of plug-ins, come behind them. */
const BY_STRENGTH = ['hwk', 'swk', 'otp', 'sms', 'email', 'recovery_code'];
/** What says nothing of a second factor: the password, and what was true of the others. */
const NO_FACTOR = new Set(['pwd', 'mfa', 'user']);

/** The factor that an access token's assurance rests on, for a label; `none` beside a password alone. */
export function strongestFactor(amr: readonly string[]): string {
  return BY_STRENGTH.find((value) => amr.includes(value)) ?? amr.find((value) => !NO_FACTOR.has(value)) ?? 'none';
}
