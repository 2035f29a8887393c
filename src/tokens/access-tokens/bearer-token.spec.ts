import { DomainError } from '../../platform/errors/domain-error';
import { bearerToken, invalidToken } from './bearer-token';

describe(bearerToken.name, () => {
  it.each([
    'Bearer abc.def.ghi',
    'bearer abc.def.ghi',
    'BEARER abc.def.ghi',
    'Bearer   abc.def.ghi',
    'Bearer abc.def.ghi ',
  ])('takes %j', (authorization) => {
    expect(bearerToken(authorization)).toBe('abc.def.ghi');
  });

  it.each([
    undefined,
    '',
    'Basic YWRhOnNlY3JldA==',
    'DPoP abc.def.ghi',
    'abc.def.ghi',
    'Bearerabc.def.ghi',
    ' Bearer abc',
  ])('finds no token in %j', (authorization) => {
    expect(codeOf(() => bearerToken(authorization))).toBe('token_missing');
  });

  it.each([
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer abc, Bearer def',
    'Bearer "abc"',
    'Bearer a\tb',
    'Bearer =',
    'Bearer é',
  ])('refuses %j as no token at all', (authorization) => {
    expect(codeOf(() => bearerToken(authorization))).toBe('token_invalid');
  });
});

describe(invalidToken.name, () => {
  it('carries the challenge of RFC 6750, and tells the client nothing of the reason', () => {
    const { code, options } = invalidToken('expired');
    expect(code).toBe('token_invalid');
    expect(options).toEqual({ reason: 'expired', challenge: { error: 'invalid_token' } });
  });
});

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  throw new Error('Nothing was thrown');
}
