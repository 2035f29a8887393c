import * as speakeasy from 'speakeasy';

const STEP_SECONDS = 30;

/** The code of now, or of so many time steps later. */
export function totpCode(secret: string, steps = 0): string {
  const time = Math.floor(Date.now() / 1000) + steps * STEP_SECONDS;
  return speakeasy.totp({ secret, encoding: 'base32', step: STEP_SECONDS, time });
}
