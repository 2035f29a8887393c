import { maskPhoneNumber, parseMobileNumber } from './mobile-number';

describe(parseMobileNumber.name, () => {
  it.each([
    ['+4915112345678', '+4915112345678'],
    ['+49 151 12345678', '+4915112345678'],
    ['+49 (0)151/123-456-78', '+4915112345678'],
    ['+44 7400 123456', '+447400123456'],
    ['+1 (202) 555-0123', '+12025550123'],
    ['+86 138 0013 8000', '+8613800138000'],
  ])('reads %j', (text, number) => {
    expect(parseMobileNumber(text)).toBe(number);
  });

  it.each([
    ['no country code', '0151 12345678'],
    ['an international prefix in place of +', '004915112345678'],
    ['a landline', '+49 30 123456'],
    ['a premium rate', '+1 900 555 1234'],
    ['a number of no country', '+882 16 1234567'],
    ['too few digits', '+49151123'],
    ['too many digits', '+49151123456789012'],
    ['an unknown country', '+999 151 12345678'],
    ['full-width digits', '+４９１５１１２３４５６７８'],
    ['an extension', '+4915112345678 ext. 5'],
    ['text around it', 'tel:+4915112345678'],
    ['a line break', '+4915112345678\n'],
    ['a second number', '+4915112345678,+4915112345679'],
    ['nothing', ''],
    ['a plus alone', '+'],
  ])('does not take %s', (_, text) => {
    expect(parseMobileNumber(text)).toBeUndefined();
  });
});

describe(maskPhoneNumber.name, () => {
  it.each([
    ['+4915112345678', '+49…678'],
    ['+12025550123', '+1…123'],
    ['+447400123456', '+44…456'],
    ['+4366412345', '+43…345'],
  ])('makes of %j %j', (number, masked) => {
    expect(maskPhoneNumber(number)).toBe(masked);
  });
});
