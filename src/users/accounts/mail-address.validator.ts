import { isEmail, ValidateBy } from 'class-validator';

const MAX_LENGTH = 254;

/**
 * An e-mail address, without quotes: `"ada"@example.com` and `ada@example.com` are one mailbox (RFC 5321 §4.1.2), and must not
 * count as two.
 */
export function isMailAddress(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_LENGTH && !value.includes('"') && isEmail(value);
}

export function IsMailAddress(): PropertyDecorator {
  return ValidateBy({
    name: 'isMailAddress',
    validator: {
      validate: isMailAddress,
      defaultMessage: () =>
        `$property must be an e-mail address without quotes, like ada@example.com, of ${MAX_LENGTH} characters at most`,
    },
  });
}
