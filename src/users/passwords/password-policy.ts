import { dictionary } from '@zxcvbn-ts/language-common';

const PASSWORD_MIN_LENGTH = 8;
const PASSWORD_MAX_LENGTH = 256;

export type PasswordRejection = 'too_short' | 'too_long' | 'common' | 'contains_identity' | 'breached';

const COMMON: ReadonlySet<string> = new Set(dictionary['passwords-common'].map((password) => password.toLowerCase()));

/** How many of the common passwords are long enough to matter. */
export const COMMON_PASSWORD_COUNT = [...COMMON].filter((password) => password.length >= PASSWORD_MIN_LENGTH).length;

/** The form a password is measured and hashed in: NFC (NIST SP 800-63B-4 §3.1.1.2). Nothing is cut off. */
export function normalizePassword(password: string): string {
  return password.normalize('NFC');
}

/**
 * Why a password is not acceptable by itself; undefined when it is. Length is counted in code points; no composition rules.
 *
 * @param identity what an attacker would try first: username, address, service name
 */
export function rejectPassword(password: string, identity: readonly string[]): PasswordRejection | undefined {
  const normalized = normalizePassword(password);
  const length = [...normalized].length;
  if (length < PASSWORD_MIN_LENGTH) return 'too_short';
  if (length > PASSWORD_MAX_LENGTH) return 'too_long';
  const folded = normalized.toLowerCase();
  if (COMMON.has(folded) || new Set(folded).size === 1) return 'common';
  if (identity.some((name) => isBuiltOn(folded, name))) return 'contains_identity';
  return undefined;
}

/** Whether little more than the name is left: what remains without it must be long enough by itself. */
function isBuiltOn(password: string, name: string): boolean {
  const folded = name.normalize('NFC').toLowerCase();
  if ([...folded].length < 3 || !password.includes(folded)) return false;
  return [...password.replaceAll(folded, '')].length < PASSWORD_MIN_LENGTH;
}

export const REJECTION_MESSAGES: Readonly<Record<PasswordRejection, string>> = {
  too_short: `A password has at least ${PASSWORD_MIN_LENGTH} characters. A few words in a row are easy to remember.`,
  too_long: `A password has at most ${PASSWORD_MAX_LENGTH} characters.`,
  common:
    'This password is among the first that are tried. Choose one that is yours alone; a few words in a row will do.',
  contains_identity: 'This password is little more than your name, your address or the name of this service.',
  breached:
    'This password became known when data of another service was stolen, so it will be tried. Choose one that is used nowhere else.',
};
