import { randomBytes } from 'node:crypto';
import * as speakeasy from 'speakeasy';
import { isOneTimeCode } from '../codes/one-time-code';

/** Bytes of a shared secret: 160 bits (RFC 4226 §4 R6). */
const SECRET_BYTES = 20;
/** Seconds of a time step (RFC 6238 §5.2). */
export const TOTP_STEP_SECONDS = 30;
/** Time steps of network delay and clock drift, either way (RFC 6238 §5.2). A number: speakeasy adds a string up. */
const WINDOW = 1;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** From `crypto`: speakeasy's own generator leaves letters out. */
export function generateTotpSecret(): Buffer {
  return randomBytes(SECRET_BYTES);
}

/** RFC 4648 §6, without padding. */
export function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}

/**
 * The time step whose code this is, one step of tolerance either way; undefined when it is none.
 *
 * @param now seconds since the epoch
 */
export function matchTotp(secret: Buffer, code: string, now: number): number | undefined {
  // An empty secret would verify with a key that everybody knows.
  if (secret.length < 16) throw new Error('A TOTP secret has at least 16 bytes');
  // speakeasy parses leniently.
  if (!isOneTimeCode(code)) return undefined;
  const match = speakeasy.totp.verifyDelta({
    secret: base32(secret),
    encoding: 'base32',
    token: code,
    step: TOTP_STEP_SECONDS,
    window: WINDOW,
    time: now,
  }) as { delta: number } | undefined;
  return match && Math.floor(now / TOTP_STEP_SECONDS) + match.delta;
}

/** The code of a moment. @param at seconds since the epoch */
export function totpCode(base32Secret: string, at: number): string {
  return speakeasy.totp({ secret: base32Secret, encoding: 'base32', step: TOTP_STEP_SECONDS, time: at });
}

/** What an authenticator app reads from the QR code (Key Uri Format). */
export function otpauthUri(secret: Buffer, issuer: string, account: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  const parameters = `secret=${base32(secret)}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=6&period=30`;
  return `otpauth://totp/${label}?${parameters}`;
}
