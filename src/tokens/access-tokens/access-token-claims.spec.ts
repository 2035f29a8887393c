import type { Principal } from '../../access/principal';
import { claimsOf, principalFrom } from './access-token-claims';

const NOW = 1_800_000_000;
const TOLERANCE = 5;

const principal: Principal = {
  userId: 'user',
  sessionId: 'session',
  username: 'ada',
  clientId: 'client',
  roles: ['user'],
  permissions: ['payouts:approve'],
  acr: 'aal2',
  amr: ['pwd', 'otp', 'mfa'],
  authTime: NOW - 10,
  mfaTime: NOW - 5,
  mfaEnrolled: true,
  tokenVersion: 1,
  tokenId: 'token',
  issuedAt: NOW,
  expiresAt: NOW + 300,
  claims: { tenant: { id: 'acme', tags: ['a'] } },
};
const claims = claimsOf(principal);
const read = (changed: object, now = NOW) => principalFrom({ ...claims, ...changed }, now, TOLERANCE);
const without = (name: string) => Object.fromEntries(Object.entries(claims).filter(([other]) => other !== name));

describe(claimsOf.name, () => {
  it('leaves the time of the second factor out until there was one', () => {
    expect(claims).toHaveProperty('mfa_time', NOW - 5);
    expect(claimsOf({ ...principal, mfaTime: null })).not.toHaveProperty('mfa_time');
  });
});

describe('further claims', () => {
  it('stand beside ours, and speak for none of them', () => {
    expect(claims['tenant']).toEqual({ id: 'acme', tags: ['a'] });
    const greedy = Object.fromEntries([...Object.keys(claims), 'iss', 'aud', 'mfa_time'].map((name) => [name, 'evil']));
    const forged = claimsOf({ ...principal, mfaTime: null, claims: greedy });
    expect(forged).toEqual({ ...claimsOf({ ...principal, mfaTime: null, claims: {} }), tenant: 'evil' });
  });

  it('are all that has no meaning of its own', () => {
    expect(read({ iss: 'issuer', aud: 'audience' })?.claims).toEqual(principal.claims);
    expect(read({ tenant: undefined, plan: 'pro' })?.claims).toEqual({ plan: 'pro', tenant: undefined });
  });
});

describe(principalFrom.name, () => {
  it('reads what claimsOf wrote', () => {
    expect(read({})).toEqual(principal);
    expect(read({ mfa_time: undefined, acr: 'aal1' })).toEqual({ ...principal, mfaTime: null, acr: 'aal1' });
  });

  it('freezes the principal deeply: requests share it', () => {
    const frozen = read({})!;
    const { claims: further } = frozen;
    const tenant = further['tenant'] as { tags: string[] };
    const parts = [frozen, frozen.roles, frozen.permissions, frozen.amr, further, tenant, tenant.tags];
    for (const part of parts) expect(Object.isFrozen(part)).toBe(true);
  });

  it.each([undefined, null, 'text', 7, []])('refuses %j', (value) => {
    expect(principalFrom(value, NOW, TOLERANCE)).toBeUndefined();
  });

  const REQUIRED = ['sub', 'client_id', 'jti', 'sid', 'preferred_username', 'iat', 'nbf', 'exp', 'auth_time', 'ver'];
  it.each([...REQUIRED, 'roles', 'permissions'])('refuses claims without %s', (name) => {
    expect(principalFrom(without(name), NOW, TOLERANCE)).toBeUndefined();
  });

  it.each(['sub', 'client_id', 'jti', 'sid', 'preferred_username'])('refuses %s that is no text, or empty', (name) => {
    for (const value of ['', 7, null, ['user'], { toString: 'user' }]) expect(read({ [name]: value })).toBeUndefined();
  });

  it.each(['iat', 'nbf', 'exp', 'auth_time', 'ver'])('refuses %s that is no whole number', (name) => {
    for (const value of [String(NOW), null, NOW + 0.5, -1, Number.NaN, Number.POSITIVE_INFINITY, [NOW]]) {
      expect(read({ [name]: value })).toBeUndefined();
    }
  });

  it.each(['roles', 'permissions'])('refuses %s that is no list of text', (name) => {
    for (const value of ['admin', { 0: 'admin' }, [7], null]) expect(read({ [name]: value })).toBeUndefined();
  });

  it('ends at exp, to the second', () => {
    expect(read({}, NOW + 299)).toBeDefined();
    expect(read({}, NOW + 300)).toBeUndefined();
  });

  it.each(['nbf', 'iat'])('gives %s the leeway and no more', (name) => {
    expect(read({ [name]: NOW + TOLERANCE })).toBeDefined();
    expect(read({ [name]: NOW + TOLERANCE + 1 })).toBeUndefined();
  });

  it.each([undefined, null, 'AAL2', 'aal3', 2, ['aal2'], true])('takes acr %j for the weakest', (acr) => {
    expect(read({ acr })?.acr).toBe('aal1');
  });

  it.each([undefined, null, 'mfa', { 0: 'mfa' }, [['mfa']], ['mfa', 7], true])(
    'takes amr %j for nothing shown',
    (amr) => {
      expect(read({ amr })?.amr).toEqual([]);
    },
  );

  it.each([undefined, null, String(NOW), -1, 1.5, true])('takes mfa_time %j for no second factor', (mfa_time) => {
    expect(read({ mfa_time })).toMatchObject({ acr: 'aal1', mfaTime: null });
  });

  it.each([undefined, null, 'true', 1])('takes mfa_enrolled %j for no', (mfa_enrolled) => {
    expect(read({ mfa_enrolled })?.mfaEnrolled).toBe(false);
  });
});
