import { randomInt } from 'node:crypto';

const DIGITS = 6;

/** Six digits, each of the million codes as likely as any other. */
export function generateOneTimeCode(): string {
  return String(randomInt(0, 10 ** DIGITS)).padStart(DIGITS, '0');
}

/** Exactly six ASCII digits. */
export function isOneTimeCode(code: unknown): code is string {
  return typeof code === 'string' && /^[0-9]{6}$/.test(code);
}
