import { generateRecoveryCode, normalizeRecoveryCode } from './recovery-code';

describe(generateRecoveryCode, () => {
  it('makes readable groups of 80 bits, each time others', () => {
    const codes = Array.from({ length: 1000 }, generateRecoveryCode);
    expect(codes.every((code) => /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/.test(code))).toBe(true);
    expect(new Set(codes).size).toBe(1000);
    // Every letter of the alphabet turns up: 32 letters, log2(32) * 16 = 80 bits.
    expect(new Set(codes.join('').replaceAll('-', '')).size).toBe(32);
  });
});

describe(normalizeRecoveryCode, () => {
  it.each(['9F3K-QX7M-T2WB-H5ZC', '9f3kqx7mt2wbh5zc', ' 9f3k qx7m t2wb h5zc ', '9F3K-QX7MT2WB-H5ZC'])(
    'reads %p',
    (text) => {
      expect(normalizeRecoveryCode(text)).toBe('9F3KQX7MT2WBH5ZC');
    },
  );

  it('reads letters that look like digits as those digits', () => {
    expect(normalizeRecoveryCode('OILo-iiLL-0000-0000')).toBe('0110111100000000');
  });

  it.each([
    '',
    '9F3K',
    '9F3K-QX7M-T2WB-H5ZC-0',
    '9F3K-QX7M-T2WB-H5Z!',
    'x'.repeat(1000),
    5,
    null,
    ['9F3KQX7MT2WBH5ZC'],
  ])('refuses %p', (text) => {
    expect(normalizeRecoveryCode(text)).toBeUndefined();
  });
});
