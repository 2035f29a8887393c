import { base32, matchTotp, totpCode } from './totp';

/** RFC 4226 Appendix D: the codes of the counters 0 to 9. */
const SEED = Buffer.from('12345678901234567890');
const HOTP = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ');

describe('HOTP (RFC 4226 Appendix D), the counter being the time step', () => {
  it.each(HOTP.map((code, counter) => [counter, code] as const))('%d gives %s', (counter, code) => {
    expect(totpCode(base32(SEED), counter * 30)).toBe(code);
    expect(totpCode(base32(SEED), counter * 30 + 29)).toBe(code);
    expect(matchTotp(SEED, code, counter * 30)).toBe(counter);
  });
});
