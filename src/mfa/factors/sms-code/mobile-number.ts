import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Where one kind of number serves both (+1), it is taken. */
const RECEIVES_SMS = new Set<string | undefined>(['MOBILE', 'FIXED_LINE_OR_MOBILE']);
const SHOWN_DIGITS = 3;

/**
 * A number that can receive an SMS, in E.164; undefined for anything else.
 *
 * @param text begins with `+` and the country code; the digits may be grouped as people do
 * @example parseMobileNumber('+49 151 12345678') // '+4915112345678'
 */
export function parseMobileNumber(text: string): string | undefined {
  // The library also reads other digits than ASCII's, and extensions.
  if (!/^\+[1-9][0-9 ()./-]{5,30}$/.test(text)) return undefined;
  const number = parsePhoneNumberFromString(text, { extract: false });
  return number?.isValid() === true && RECEIVES_SMS.has(number.getType()) ? number.number : undefined;
}

/** Enough to tell one's own numbers apart: `+49…678`. @param number in E.164 */
export function maskPhoneNumber(number: string): string {
  const country = parsePhoneNumberFromString(number)?.countryCallingCode ?? '';
  return `+${country}…${number.slice(-SHOWN_DIGITS)}`;
}
