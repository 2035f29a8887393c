let used = 0;

/** An address that nobody had in this file before. */
export const newEmail = (): string => `code-${++used}@example.com`;

/** A mobile number that nobody had in this file before. */
export const newPhone = (): string => `+49151${10_000_000 + ++used}`;

/** Six digits that are none of these codes. */
export function wrongFor(...codes: string[]): string {
  return Array.from({ length: 10 }, (_, digit) => String(digit).repeat(6)).find((code) => !codes.includes(code))!;
}
