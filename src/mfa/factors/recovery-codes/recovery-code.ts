import { randomBytes } from 'node:crypto';

/** Crockford's alphabet: no letter that is taken for a digit. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 16;

/** 80 random bits in groups that can be read out: `9F3K-QX7M-T2WB-H5ZC`. */
export function generateRecoveryCode(): string {
  // 256 is a multiple of 32: five bits of each byte, all as likely.
  const code = [...randomBytes(LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return (code.match(/.{4}/g) ?? []).join('-');
}

/** A code as it is compared: without hyphens and spaces, in capitals, O as 0, I and L as 1. Undefined when it is none. */
export function normalizeRecoveryCode(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > 64) return undefined;
  const code = text.replace(/[\s-]/g, '').toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1');
  return code.length === LENGTH && [...code].every((letter) => ALPHABET.includes(letter)) ? code : undefined;
}
