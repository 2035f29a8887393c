import { inspect } from 'node:util';
import { carryRefreshCookie, refreshCookieOf } from './refresh-cookie-carrier';

describe(carryRefreshCookie.name, () => {
  const answer = carryRefreshCookie({ status: 'authenticated' }, '__Host-csr=secret');

  it('gives the cookie back, of the answer and of one that has it as `auth`', () => {
    expect(refreshCookieOf(answer)).toBe('__Host-csr=secret');
    expect(refreshCookieOf({ factor: {}, auth: answer })).toBe('__Host-csr=secret');
  });

  it('keeps it out of bodies, logs and copies', () => {
    expect(JSON.stringify({ auth: answer })).toBe('{"auth":{"status":"authenticated"}}');
    expect(inspect(answer)).not.toContain('secret');
    expect(refreshCookieOf({ ...answer })).toBeUndefined();
    expect(answer).toEqual({ status: 'authenticated' });
  });

  it.each([undefined, null, 'text', 7, {}, [], { auth: null }, { auth: 'text' }, { auth: {} }])(
    'finds none in %j',
    (other) => {
      expect(refreshCookieOf(other)).toBeUndefined();
    },
  );
});
