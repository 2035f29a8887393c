import { base32, generateTotpSecret, matchTotp, otpauthUri, totpCode } from './totp';

/** RFC 6238 Appendix B, SHA-1: the last six digits. */
const SEED = Buffer.from('12345678901234567890');
const VECTORS = [
  [59, '287082'],
  [1111111109, '081804'],
  [1111111111, '050471'],
  [1234567890, '005924'],
  [2000000000, '279037'],
  [20000000000, '353130'],
] as const;

describe(matchTotp, () => {
  it.each(VECTORS)('knows the code of RFC 6238 at %d', (time, code) => {
    expect(matchTotp(SEED, code, time)).toBe(Math.floor(time / 30));
    expect(totpCode(base32(SEED), time)).toBe(code);
  });

  it('takes the step before and the step after, and no other', () => {
    const now = 1234567890;
    const codeAt = (steps: number) => totpCode(base32(SEED), now + steps * 30);
    const step = Math.floor(now / 30);
    expect([-2, -1, 0, 1, 2].map((steps) => matchTotp(SEED, codeAt(steps), now))).toEqual([
      undefined,
      step - 1,
      step,
      step + 1,
      undefined,
    ]);
  });

  it.each(['5924', '0059240', ' 05924', '+05924', '05924x', '００５９２４', '', '1e5924', '0x5924', '005924\n'])(
    'refuses %p, though a lenient parser would read it',
    (code) => {
      expect(matchTotp(SEED, code, 1234567890)).toBeUndefined();
    },
  );

  it('refuses to work with a secret that is too short', () => {
    expect(() => matchTotp(Buffer.alloc(0), '005924', 1234567890)).toThrow('at least 16 bytes');
  });
});

describe(generateTotpSecret, () => {
  it('makes 160 bits, each time others', () => {
    const secrets = Array.from({ length: 100 }, () => generateTotpSecret());
    expect(secrets.every(({ length }) => length === 20)).toBe(true);
    expect(new Set(secrets.map(String)).size).toBe(100);
  });
});

describe(base32, () => {
  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('writes %p as RFC 4648 §10 does', (text, encoded) => {
    expect(base32(Buffer.from(text))).toBe(encoded);
  });
});

describe(otpauthUri, () => {
  it('escapes what would end the label or begin a parameter', () => {
    expect(otpauthUri(SEED, 'Ada & Sons/HQ', 'ada@x?y=1')).toBe(
      'otpauth://totp/Ada%20%26%20Sons%2FHQ:ada%40x%3Fy%3D1' +
        '?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ada%20%26%20Sons%2FHQ&algorithm=SHA1&digits=6&period=30',
    );
  });
});
