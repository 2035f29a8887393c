import {
  type Combination as CombinationOf,
  combinationsOf,
  expectInDocs,
  inWords,
  matches,
  type Row as RowOf,
} from '../../../test/support/decision-table';
import { MfaSettings } from '../../platform/config/settings/mfa.settings';
import { passwordMethod, Session, type StepUpReason, type VerifiedMethod } from '../../tokens/sessions/session';
import { evaluateSession } from './evaluate-session';
import type { Entry } from './decide-sign-in';

/** What decides, and every value it can have. */
const DIMENSIONS = {
  account: ['active', 'disabled'],
  /** Whether the account has an active second factor. */
  factor: ['none', 'enrolled'],
  /** Whether a mailbox has reset the password, and nothing independent was verified since. */
  reset: ['no', 'by e-mail'],
  /** Who demands one: `MFA_POLICY=required`, or a role of `MFA_REQUIRED_ROLES`. */
  demandedBy: ['nobody', 'policy', 'role'],
  /** Whether the session must show a second factor before anything else (`step_up_reason`). */
  stepUp: ['no', 'pending'],
  entry: ['sign-in', 'step-up', 'refresh', 'refresh after an idle hour', 'reauthentication'],
  shows: ['password', 'password, code', 'password, old code', 'passkey', 'old passkey'],
  whenStale: ['lower', 'challenge'],
} as const;

type Combination = CombinationOf<typeof DIMENSIONS>;
type Row = RowOf<typeof DIMENSIONS>;

const live = { account: 'active', stepUp: 'no' } as const;
const bare = { ...live, factor: 'none' } as const;
const enrolled = { ...live, factor: 'enrolled' } as const;
const refreshed = { ...enrolled, entry: 'refresh' } as const;
const idle = { ...enrolled, entry: 'refresh after an idle hour' } as const;
const OLD = ['password, old code', 'old passkey'] as const;
const ANY_FACTOR = ['password, code', 'passkey', ...OLD] as const;
const NO_ROLE = ['nobody', 'policy'] as const;
const NOT_IDLE = ['sign-in', 'step-up', 'refresh', 'reauthentication'] as const;
const SHOWING = ['sign-in', 'step-up'] as const;

/** What comes out of every way in. */
const TABLE: readonly Row[] = [
  [{ account: 'disabled' }, 'refused'],

  [{ account: 'active', stepUp: 'pending', factor: 'enrolled' }, 'mfa_required: as it was first demanded'],
  [{ account: 'active', stepUp: 'pending', factor: 'none' }, 'refused'],

  [{ ...bare, demandedBy: ['policy', 'role'] }, 'mfa_enrollment_required: policy'],
  [{ ...bare, demandedBy: 'nobody', shows: ['password', 'password, old code'] }, 'authenticated: aal1 [pwd]'],
  [{ ...bare, demandedBy: 'nobody', shows: 'old passkey' }, 'authenticated: aal1 []'],
  [
    { ...bare, demandedBy: 'nobody', entry: NOT_IDLE, shows: 'password, code' },
    'authenticated: aal2 [pwd otp mfa], mfa_time',
  ],
  [{ ...bare, demandedBy: 'nobody', entry: NOT_IDLE, shows: 'passkey' }, 'authenticated: phr [hwk user mfa], mfa_time'],
  [
    { ...bare, demandedBy: 'nobody', entry: 'refresh after an idle hour', shows: 'password, code' },
    'authenticated: aal1 [pwd]',
  ],
  [{ ...bare, demandedBy: 'nobody', entry: 'refresh after an idle hour', shows: 'passkey' }, 'authenticated: aal1 []'],

  [{ ...enrolled, entry: 'reauthentication' }, 'mfa_required: login'],

  [{ ...enrolled, reset: 'no', entry: SHOWING, shows: ['password', ...OLD] }, 'mfa_required: login'],
  [{ ...enrolled, reset: 'by e-mail', entry: SHOWING, shows: ['password', ...OLD] }, 'mfa_required: recovery'],
  [{ ...enrolled, entry: SHOWING, shows: 'password, code' }, 'authenticated: aal2 [pwd otp mfa], mfa_time'],
  [{ ...enrolled, entry: SHOWING, shows: 'passkey' }, 'authenticated: phr [hwk user mfa], mfa_time'],

  [{ ...refreshed, shows: 'password' }, 'mfa_required: policy'],
  [{ ...refreshed, shows: 'password, code' }, 'authenticated: aal2 [pwd otp mfa], mfa_time'],
  [{ ...refreshed, shows: 'passkey' }, 'authenticated: phr [hwk user mfa], mfa_time'],
  [{ ...refreshed, shows: OLD, demandedBy: 'role' }, 'mfa_required: mfa_expired'],
  [{ ...refreshed, shows: OLD, demandedBy: NO_ROLE, whenStale: 'challenge' }, 'mfa_required: mfa_expired'],
  [
    { ...refreshed, shows: 'password, old code', demandedBy: NO_ROLE, whenStale: 'lower' },
    'authenticated: aal1 [pwd]; lapsed for good',
  ],
  [
    { ...refreshed, shows: 'old passkey', demandedBy: NO_ROLE, whenStale: 'lower' },
    'authenticated: aal1 []; lapsed for good',
  ],

  [{ ...idle, shows: 'password' }, 'mfa_required: policy'],
  [{ ...idle, shows: ANY_FACTOR, demandedBy: 'role' }, 'mfa_required: idle'],
  [{ ...idle, shows: ANY_FACTOR, demandedBy: NO_ROLE, whenStale: 'challenge' }, 'mfa_required: idle'],
  [
    { ...idle, shows: ['password, code', 'password, old code'], demandedBy: NO_ROLE, whenStale: 'lower' },
    'authenticated: aal1 [pwd]; lapsed for good',
  ],
  [
    { ...idle, shows: ['passkey', 'old passkey'], demandedBy: NO_ROLE, whenStale: 'lower' },
    'authenticated: aal1 []; lapsed for good',
  ],
];

const COMBINATIONS = combinationsOf(DIMENSIONS);

describe('What comes out of a sign-in', () => {
  it.each(TABLE.map((row) => [inWords(row), row] as const))('%s', (_, row) => {
    const matching = COMBINATIONS.filter((combination) => matches(row, combination));
    expect(matching.length).toBeGreaterThan(0);
    for (const combination of matching) {
      expect({ ...combination, then: outcomeOf(combination) }).toEqual({ ...combination, then: row[1] });
    }
  });

  it(`is said by exactly one row for each of the ${COMBINATIONS.length} combinations`, () => {
    for (const combination of COMBINATIONS) {
      const rows = TABLE.filter((row) => matches(row, combination)).map(inWords);
      expect({ combination, rows }).toEqual({ combination, rows: [expect.any(String)] });
    }
  });

  it('is what docs/assurance.md says (TEST_UPDATE_DOCS=1 writes it)', () => {
    const headings = ['account', 'second factor', 'reset', 'demanded by', 'step-up', 'entry', 'the session shows'];
    expectInDocs('table', DIMENSIONS, [...headings, '`MFA_WHEN_STALE`'], TABLE);
  });
});

const NOW = 1_800_000_000;
const MAX_AGE = 86_400;
const IDLE = 3600;

const code = (at: number): VerifiedMethod => ({ type: 'totp', factorId: 't', acr: 'aal2', amr: ['otp'], at });
const passkey = (at: number): VerifiedMethod => ({
  type: 'webauthn',
  factorId: 'w',
  acr: 'phr',
  amr: ['hwk', 'user'],
  at,
});
const METHODS: Readonly<Record<Combination['shows'], readonly VerifiedMethod[]>> = {
  password: [passwordMethod(NOW - 60)],
  'password, code': [passwordMethod(NOW - MAX_AGE), code(NOW - MAX_AGE)],
  'password, old code': [passwordMethod(NOW - MAX_AGE - 1), code(NOW - MAX_AGE - 1)],
  passkey: [passkey(NOW - MAX_AGE)],
  'old passkey': [passkey(NOW - MAX_AGE - 1)],
};
const ENTRIES: Readonly<Record<Combination['entry'], Entry>> = {
  'sign-in': 'sign_in',
  'step-up': 'step_up',
  refresh: 'refresh',
  'refresh after an idle hour': 'refresh',
  reauthentication: 'reauthentication',
};

/** What the code makes of a combination, in the words of the table. */
function outcomeOf({ account, factor, reset, demandedBy, stepUp, entry, shows, whenStale }: Combination): string {
  const settings = Object.assign(new MfaSettings(), {
    policy: demandedBy === 'policy' ? 'required' : 'optional',
    requiredRoles: ['admin', 'auditor'],
    factors: ['totp', 'webauthn'],
    maxAge: MAX_AGE,
    idleTimeout: IDLE,
    whenStale,
  });
  const roles = demandedBy === 'role' ? ['user', 'auditor'] : ['user'];
  const mfaEnrolledAt = factor === 'enrolled' ? new Date(0) : null;
  const recoveredMailbox = reset === 'no' ? null : 'ada@example.com';
  const idleFor = entry === 'refresh after an idle hour' ? IDLE + 1 : IDLE;
  // Whatever was demanded first stays the reason, though none of the rows would give it.
  const reason: StepUpReason = 'recovery';
  const session = sessionWith(METHODS[shows], NOW - idleFor, stepUp === 'pending' ? reason : null);
  const decision = evaluateSession(
    ENTRIES[entry],
    { status: account, roles, mfaEnrolledAt, recoveredMailbox },
    session,
    settings,
    NOW,
  );
  switch (decision.status) {
    case 'refused':
      return 'refused';
    case 'mfa_required':
      if (stepUp === 'pending' && decision.reason === reason) return 'mfa_required: as it was first demanded';
      return `mfa_required: ${decision.reason}`;
    case 'mfa_enrollment_required':
      return `mfa_enrollment_required: ${decision.reason}`;
    case 'authenticated': {
      const { acr, amr, mfaTime } = decision.assurance;
      const time = mfaTime === null ? '' : ', mfa_time';
      return `authenticated: ${acr} [${amr.join(' ')}]${time}${decision.lapse ? '; lapsed for good' : ''}`;
    }
  }
}

function sessionWith(methods: readonly VerifiedMethod[], lastUsed: number, stepUpReason: StepUpReason | null): Session {
  const lastUsedAt = new Date(lastUsed * 1000);
  return new Session({
    id: 's',
    userId: 'u',
    transport: 'body',
    ip: '192.0.2.1',
    userAgent: '',
    counter: 4,
    supersededCounter: null,
    supersededFrom: null,
    rotatedAt: null,
    mfaRound: 0,
    methods,
    secondFactorLapsedAt: null,
    stepUpReason,
    authTime: lastUsedAt,
    createdAt: lastUsedAt,
    activatedAt: lastUsedAt,
    lastUsedAt,
    idleEndsAt: new Date((NOW + 1) * 1000),
    endsAt: new Date((NOW + 1) * 1000),
    revokedAt: null,
    isNewDevice: false,
  });
}
