import { strongestFactor } from './strongest-factor';

describe(strongestFactor, () => {
  it.each([
    ['none', ['pwd']],
    ['otp', ['pwd', 'otp', 'mfa']],
    ['swk', ['swk', 'user', 'mfa']],
    ['hwk', ['pwd', 'recovery_code', 'otp', 'hwk', 'mfa']],
    ['otp', ['pwd', 'email', 'otp', 'mfa']],
    ['push', ['pwd', 'push', 'mfa']],
  ])('is %s of %j', (factor, amr) => {
    expect(strongestFactor(amr)).toBe(factor);
  });
});
