import { decideSignIn, type SignInDecision, type SignInFacts } from './decide-sign-in';

const SHOWN = { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'], mfaTime: 1 } as const;
const PASSWORD = { acr: 'aal1', amr: ['pwd'], mfaTime: null } as const;

const ACCOUNT = {
  isActive: true,
  hasFactor: true,
  isRecovered: false,
  mustHaveFactor: false,
  roleDemandsFactor: false,
};

type Change = { [K in keyof SignInFacts]?: SignInFacts[K] extends object ? Partial<SignInFacts[K]> : SignInFacts[K] };

function facts({ account, session, entry = 'sign_in', whenStale = 'lower' }: Change): SignInFacts {
  return {
    entry,
    whenStale,
    account: { ...ACCOUNT, ...account },
    session: { assurance: PASSWORD, hasShownFactor: false, isIdle: false, stepUpReason: null, ...session },
  };
}

const none = { hasFactor: false };
const demanded = { mustHaveFactor: true };
const byRole = { mustHaveFactor: true, roleDemandsFactor: true };
const stale = { assurance: PASSWORD, hasShownFactor: true };
const shown = { assurance: SHOWN, hasShownFactor: true };

const authenticated = (assurance: typeof SHOWN | typeof PASSWORD, lapse = false): SignInDecision => ({
  status: 'authenticated',
  assurance,
  lapse,
});
const mfaRequired = (reason: 'login' | 'policy' | 'idle' | 'mfa_expired' | 'recovery'): SignInDecision => ({
  status: 'mfa_required',
  reason,
});
const enroll: SignInDecision = { status: 'mfa_enrollment_required', reason: 'policy' };
const refused: SignInDecision = { status: 'refused' };

describe(decideSignIn, () => {
  it.each<[string, Change, SignInDecision]>([
    ['password, no factor', { account: none }, authenticated(PASSWORD)],
    ['password, no factor, policy demands one', { account: { ...none, ...demanded } }, enroll],
    ['password, no factor, role demands one', { account: { ...none, ...byRole } }, enroll],
    ['password, factor', {}, mfaRequired('login')],
    ['password, factor, after a reset by e-mail', { account: { isRecovered: true } }, mfaRequired('recovery')],
    [
      'password and factor, after a reset by e-mail',
      { account: { isRecovered: true }, session: shown },
      authenticated(SHOWN),
    ],
    ['password and factor', { session: shown }, authenticated(SHOWN)],
    ['disabled account', { account: { isActive: false }, session: shown }, refused],

    ['refresh, no factor', { entry: 'refresh', account: none }, authenticated(PASSWORD)],
    ['refresh, no factor, policy demands one now', { entry: 'refresh', account: { ...none, ...demanded } }, enroll],
    ['refresh, factor fresh', { entry: 'refresh', session: shown }, authenticated(SHOWN)],
    ['refresh, factor enrolled elsewhere since', { entry: 'refresh' }, mfaRequired('policy')],
    ['refresh, factor stale, lower', { entry: 'refresh', session: stale }, authenticated(PASSWORD, true)],
    [
      'refresh, factor stale, lower, policy demands one',
      { entry: 'refresh', account: demanded, session: stale },
      authenticated(PASSWORD, true),
    ],
    [
      'refresh, factor stale, challenge',
      { entry: 'refresh', session: stale, whenStale: 'challenge' },
      mfaRequired('mfa_expired'),
    ],
    [
      'refresh, idle, challenge',
      { entry: 'refresh', session: { ...stale, isIdle: true }, whenStale: 'challenge' },
      mfaRequired('idle'),
    ],
    [
      'refresh, factor stale, role demands one',
      { entry: 'refresh', account: byRole, session: stale },
      mfaRequired('mfa_expired'),
    ],
    ['refresh, disabled account', { entry: 'refresh', account: { isActive: false } }, refused],

    ['reauthentication, no factor', { entry: 'reauthentication', account: none }, authenticated(PASSWORD)],
    ['reauthentication, factor, however fresh', { entry: 'reauthentication', session: shown }, mfaRequired('login')],

    [
      'step-up demanded, refresh',
      { entry: 'refresh', session: { ...shown, stepUpReason: 'idle' } },
      mfaRequired('idle'),
    ],
    ['step-up demanded, sign-in', { session: { ...shown, stepUpReason: 'recovery' } }, mfaRequired('recovery')],
    [
      'step-up demanded, reauthentication',
      { entry: 'reauthentication', session: { stepUpReason: 'mfa_expired' } },
      mfaRequired('mfa_expired'),
    ],
    [
      'step-up demanded of an account without a factor',
      { entry: 'refresh', account: none, session: { stepUpReason: 'idle' } },
      refused,
    ],
  ])('%s', (_, change, decision) => {
    expect(decideSignIn(facts(change))).toEqual(decision);
  });
});
