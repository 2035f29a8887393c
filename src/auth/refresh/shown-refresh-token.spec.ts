import { shownRefreshToken } from './shown-refresh-token';

describe(shownRefreshToken.name, () => {
  it.each([
    ['body', undefined, { token: 'body', transport: 'body' }],
    [undefined, 'cookie', { token: 'cookie', transport: 'cookie' }],
    ['body', 'cookie', { token: 'body', transport: 'body' }],
    ['', 'cookie', { token: '', transport: 'body' }],
  ] as const)('of body %j and cookie %j takes %j', (body, cookie, shown) => {
    for (const asked of ['body', 'cookie'] as const) expect(shownRefreshToken(body, cookie, asked)).toEqual(shown);
  });

  it('of neither: tells who counts on a cookie to sign in, and anybody else what is missing', () => {
    expect(() => shownRefreshToken(undefined, undefined, 'cookie')).toThrow(
      expect.objectContaining({ code: 'invalid_refresh_token' }),
    );
    expect(() => shownRefreshToken(undefined, undefined, 'body')).toThrow(
      expect.objectContaining({ code: 'validation_failed' }),
    );
  });
});
