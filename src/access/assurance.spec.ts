import {
  type Assurance,
  assessAssurance,
  assessRecentAuthentication,
  combineRequirements,
  type AssuranceRequirement,
} from './assurance';

const NOW = 1_800_000_000;
const password: Assurance = { acr: 'aal1', amr: ['pwd'], authTime: NOW - 60, mfaTime: null, mfaEnrolled: true };
const totp: Assurance = { ...password, acr: 'aal2', amr: ['pwd', 'otp', 'mfa'], mfaTime: NOW - 60 };
const passkey: Assurance = { ...totp, acr: 'phr', amr: ['hwk', 'user', 'mfa'] };

describe(assessAssurance, () => {
  it.each<[string, Assurance, AssuranceRequirement]>([
    ['a second factor', totp, {}],
    ['a passkey where a second factor will do', passkey, {}],
    ['a passkey where nothing less will do', passkey, { acr: 'phr' }],
    ['a second factor exactly as old as it may be', totp, { maxAge: 60 }],
    ['one of the methods that will do', totp, { methods: ['hwk', 'otp'] }],
    ['a second factor verified a moment ahead of our clock', { ...totp, mfaTime: NOW + 2 }, { maxAge: 0 }],
  ])('takes %s', (_, assurance, requirement) => {
    expect(assessAssurance(assurance, requirement, NOW)).toBeUndefined();
  });

  it.each<[string, Assurance, AssuranceRequirement, string, Record<string, string>]>([
    ['a password alone', password, {}, 'mfa_required', { acr_values: 'aal2' }],
    [
      'a password alone where the account has no factor',
      { ...password, mfaEnrolled: false },
      {},
      'mfa_enrollment_required',
      { acr_values: 'aal2' },
    ],
    ['a password alone where a passkey is wanted', password, { acr: 'phr' }, 'mfa_required', { acr_values: 'phr' }],
    ['a requirement of aal1, which would be none', password, { acr: 'aal1' }, 'mfa_required', { acr_values: 'aal2' }],
    ['an acr without the time of the factor', { ...totp, mfaTime: null }, {}, 'mfa_required', { acr_values: 'aal2' }],
    [
      'an acr without mfa among the methods',
      { ...totp, amr: ['pwd', 'otp'] },
      {},
      'mfa_required',
      { acr_values: 'aal2' },
    ],
    ['mfa in another case', { ...totp, amr: ['MFA'] }, {}, 'mfa_required', { acr_values: 'aal2' }],
    ['a second factor where a passkey is wanted', totp, { acr: 'phr' }, 'mfa_insufficient', { acr_values: 'phr' }],
    ['none of the methods that will do', totp, { methods: ['hwk', 'swk'] }, 'mfa_insufficient', { acr_values: 'aal2' }],
    [
      'a second factor one second too old',
      { ...totp, mfaTime: NOW - 601 },
      { maxAge: 600 },
      'mfa_stale',
      { acr_values: 'aal2', max_age: '600' },
    ],
    [
      'a weak and old factor, the weakness first',
      { ...totp, mfaTime: NOW - 601 },
      { acr: 'phr', maxAge: 600 },
      'mfa_insufficient',
      { acr_values: 'phr' },
    ],
  ])('refuses %s', (_, assurance, requirement, code, challenge) => {
    expect(assessAssurance(assurance, requirement, NOW)).toMatchObject({
      code,
      challenge: { error: 'insufficient_user_authentication', ...challenge },
    });
  });

  it('names all that it demands', () => {
    expect(assessAssurance(password, { acr: 'phr', maxAge: 60, methods: ['hwk'] }, NOW)?.required).toEqual({
      acr: 'phr',
      maxAge: 60,
      methods: ['hwk'],
    });
  });
});

describe(combineRequirements, () => {
  it.each<[string, AssuranceRequirement[], AssuranceRequirement[]]>([
    ['nothing said: any second factor', [], [{}]],
    ['one', [{ maxAge: 60, methods: ['otp'] }], [{ maxAge: 60, methods: ['otp'] }]],
    ['the shorter age, whoever says it', [{ maxAge: 600 }, { maxAge: 3600 }], [{ maxAge: 600 }]],
    ['the higher rung, whoever says it', [{ acr: 'phr' }, { acr: 'aal2' }], [{ acr: 'phr' }]],
    ['an age of nothing', [{ maxAge: 0 }, { maxAge: 60 }], [{ maxAge: 0 }]],
    ['a rung and an age', [{ acr: 'phr' }, {}, { maxAge: 60 }], [{ acr: 'phr', maxAge: 60 }]],
    [
      'two lists of methods: one of each',
      [{ methods: ['otp'], maxAge: 60 }, { methods: ['hwk', 'swk'] }],
      [
        { maxAge: 60, methods: ['otp'] },
        { maxAge: 60, methods: ['hwk', 'swk'] },
      ],
    ],
  ])('%s', (_, requirements, combined) => {
    expect(combineRequirements(requirements)).toEqual(combined);
  });
});

describe(assessRecentAuthentication, () => {
  const fresh: Assurance = { ...password, mfaEnrolled: false, authTime: NOW - 600 };

  it('asks an account without a factor for a recent sign-in', () => {
    expect(assessRecentAuthentication(fresh, 600, NOW)).toBeUndefined();
    expect(assessRecentAuthentication({ ...fresh, authTime: NOW - 601 }, 600, NOW)).toMatchObject({
      code: 'reauthentication_required',
      challenge: { error: 'insufficient_user_authentication', max_age: '600' },
      required: { maxAge: 600 },
    });
  });

  it('asks an account with a factor for that factor, however recent the password', () => {
    expect(assessRecentAuthentication(password, 600, NOW)).toMatchObject({ code: 'mfa_required' });
    expect(assessRecentAuthentication({ ...totp, mfaTime: NOW - 601 }, 600, NOW)).toMatchObject({ code: 'mfa_stale' });
    expect(assessRecentAuthentication(totp, 600, NOW)).toBeUndefined();
  });
});
