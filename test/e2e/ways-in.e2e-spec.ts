import type { Response } from 'supertest';
import { MfaSettings } from '../../src/platform/config/settings/mfa.settings';
import { Accounts } from '../../src/users/accounts/accounts.store';
import { type Combination, combinationsOf, expectInDocs, inWords, matches, type Row } from '../support/decision-table';
import { Forgetful } from '../support/password-recovery';
import { PasskeyHolder, passkeyLogin, passkeyOptions } from '../support/passkey-holder';
import { Person } from '../support/person';
import { PLUGGED_ANSWER, WITH_PLUGGED_FACTORS } from '../support/plugged-factors';
import { grant } from '../support/staff';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(240_000); // a thousand requests, on a busy machine

const DIMENSIONS = {
  way: [
    'password',
    'passkey',
    'refresh',
    'password, after a reset by e-mail',
    'passkey, after a reset by e-mail',
    'refresh, after a reset by e-mail',
  ],
  /** What the account has. In the session of a refresh, the first was verified. */
  factor: [
    'none',
    'an app',
    'an app, verified too long ago',
    'the mailbox',
    'a passkey',
    'an app, dropped',
    'an app, dropped; a passkey',
    'an app, switched off; a passkey',
    'an app, switched off',
    'a passkey, switched off',
  ],
  /** `MFA_POLICY=required`, or a role of `MFA_REQUIRED_ROLES` that the account got since. */
  demandedBy: ['nobody', 'policy', 'a role'],
} as const;

type Case = Combination<typeof DIMENSIONS>;

const BARE = ['none', 'an app, dropped'] as const;
const WITH_APP = ['an app', 'an app, verified too long ago'] as const;
const WITH_PASSKEY = ['a passkey', 'an app, dropped; a passkey', 'an app, switched off; a passkey'] as const;
const SWITCHED_OFF = ['an app, switched off', 'a passkey, switched off'] as const;
const DEMANDED = ['policy', 'a role'] as const;
const BY_PASSWORD = ['password', 'password, after a reset by e-mail'] as const;
const BY_PASSKEY = ['passkey', 'passkey, after a reset by e-mail'] as const;
const SIGN_IN = { way: 'password' } as const;
const REFRESH = { way: 'refresh' } as const;
const RESET = { way: 'password, after a reset by e-mail' } as const;

/** What comes out, whichever way somebody comes in. */
const TABLE: readonly Row<typeof DIMENSIONS>[] = [
  [{ way: [...BY_PASSWORD, 'refresh'], factor: BARE, demandedBy: 'nobody' }, 'authenticated: aal1 [pwd]'],
  [{ way: [...BY_PASSWORD, 'refresh'], factor: BARE, demandedBy: DEMANDED }, 'mfa_enrollment_required: policy ()'],

  [{ ...SIGN_IN, factor: WITH_APP }, 'mfa_required: login (app)'],
  [{ ...SIGN_IN, factor: 'the mailbox' }, 'mfa_required: login (mailbox)'],
  [{ ...SIGN_IN, factor: WITH_PASSKEY }, 'mfa_required: login (webauthn)'],
  [{ ...SIGN_IN, factor: SWITCHED_OFF }, 'mfa_required: login ()'],

  [{ ...RESET, factor: WITH_APP }, 'mfa_required: recovery (app)'],
  [{ ...RESET, factor: 'the mailbox' }, 'mfa_required: recovery ()'],
  [{ ...RESET, factor: WITH_PASSKEY }, 'mfa_required: recovery (webauthn)'],
  [{ ...RESET, factor: SWITCHED_OFF }, 'mfa_required: recovery ()'],

  [{ way: BY_PASSKEY, factor: WITH_PASSKEY }, 'authenticated: phr [hwk user mfa]'],
  [{ way: BY_PASSKEY, factor: 'a passkey, switched off' }, 'refused'],

  [{ ...REFRESH, factor: 'an app' }, 'authenticated: aal2 [pwd otp mfa]'],
  [{ ...REFRESH, factor: WITH_APP[1], demandedBy: ['nobody', 'policy'] }, 'authenticated: aal1 [pwd]'],
  [{ ...REFRESH, factor: WITH_APP[1], demandedBy: 'a role' }, 'mfa_required: mfa_expired (app)'],
  [{ ...REFRESH, factor: 'the mailbox' }, 'authenticated: aal2 [pwd mail mfa]'],
  [{ ...REFRESH, factor: 'a passkey' }, 'authenticated: phr [pwd hwk user mfa]'],
  [{ ...REFRESH, factor: [WITH_PASSKEY[1], WITH_PASSKEY[2]] }, 'mfa_required: policy (webauthn)'],
  [{ ...REFRESH, factor: SWITCHED_OFF }, 'mfa_required: policy ()'],

  [{ way: 'refresh, after a reset by e-mail' }, 'refused'],
];

/** Without a passkey nobody comes in by one. */
const CASES = combinationsOf(DIMENSIONS).filter(
  ({ way, factor }) => !way.startsWith('passkey') || factor.includes('passkey'),
);

describe('Every way in', () => {
  let app: TestApp;
  let somebody: Forgetful;
  let settings: MfaSettings;

  beforeAll(async () => {
    app = await startTestApp({ ...WITH_PLUGGED_FACTORS, env: { ...WITH_PLUGGED_FACTORS.env, ...ENV } });
    somebody = new Forgetful(app);
    settings = app.nest.get(MfaSettings);
  });
  afterAll(() => app.close());

  it.each(TABLE.map((row) => [inWords(row), row] as const))('%s', async (_, row) => {
    const matching = CASES.filter((each) => matches(row, each));
    expect(matching.length).toBeGreaterThan(0);
    for (const each of matching) expect({ ...each, then: await outcomeOf(each) }).toEqual({ ...each, then: row[1] });
  });

  it(`is said by exactly one row for each of the ${CASES.length} cases`, () => {
    for (const each of CASES) {
      const rows = TABLE.filter((row) => matches(row, each)).map(inWords);
      expect({ each, rows }).toEqual({ each, rows: [expect.any(String)] });
    }
  });

  it('is what docs/assurance.md says (TEST_UPDATE_DOCS=1 writes it)', () => {
    expectInDocs('ways', DIMENSIONS, ['way in', 'second factor of the account', 'demanded by'], TABLE);
  });

  /** Somebody in this state comes in this way: what comes out, in the words of the table. */
  async function outcomeOf({ way, factor, demandedBy }: Case): Promise<string> {
    const has = {
      app: factor.startsWith('an app'),
      mailbox: factor === 'the mailbox',
      key: factor.includes('passkey'),
    };
    const ada = await Person.withEmail(app);
    const ids: Record<string, string> = {};
    for (const type of ['app', 'mailbox'] as const) if (has[type]) ids[type] = await add(ada, type);
    const holder = new PasskeyHolder(app, ada);
    if (has.key) await holder.enroll();
    const [first] = Object.values(ids);
    if (first !== undefined) await signInWith(ada, first);
    else if (has.key) ada.take((await holder.loginWithPassword()).body);
    if (factor.includes('dropped')) await ada.delete(`/v1/mfa/factors/${ids['app']}`, ada.accessToken).expect(204);
    if (way.endsWith('reset by e-mail')) {
      await somebody.reset(await somebody.link(ada), NEW_PASSWORD).expect(204);
      ada.password = NEW_PASSWORD;
    }
    if (factor.includes('too long ago')) app.clock.advance(MAX_AGE + 1);
    const switchedOff = factor.includes('app, switched off')
      ? 'app'
      : factor.includes('switched off')
        ? 'webauthn'
        : undefined;
    // Begun while passkeys are in use.
    const begun = await passkeyOptions(app);
    const { policy, factors } = settings;
    // What an operator sets before the next start.
    settings.factors = factors.filter((type) => type !== switchedOff);
    if (demandedBy === 'policy') settings.policy = 'required';
    if (demandedBy === 'a role') await giveRole(ada, 'auditor');
    try {
      if (!way.startsWith('passkey')) return await comeIn(ada, way);
      const { challengeId, publicKey } = begun;
      return inShort(await passkeyLogin(app, { challengeId, credential: holder.passkey.get(publicKey) }));
    } finally {
      Object.assign(settings, { policy, factors });
    }
  }

  async function comeIn(ada: Person, way: Case['way']): Promise<string> {
    const { username: identifier, password } = ada;
    const answer = await (way.startsWith('refresh')
      ? ada.refresh()
      : ada.post('/v1/auth/login', { identifier, password }));
    return inShort(answer);
  }

  async function add(ada: Person, type: string): Promise<string> {
    const body = { type, ...(type === 'mailbox' && { email: ada.email }) };
    const { id } = (await ada.post('/v1/mfa/factors', body, ada.accessToken).expect(201)).body.factor as { id: string };
    const activated = await ada.post(`/v1/mfa/factors/${id}/activate`, { code: PLUGGED_ANSWER }, ada.accessToken);
    expect(activated.status).toBe(200);
    ada.take(activated.body.auth);
    return id;
  }

  async function signInWith(ada: Person, factorId: string): Promise<void> {
    await ada.login();
    const verified = await ada.verify(await ada.challenge(ada.mfaToken, factorId), PLUGGED_ANSWER).expect(200);
    ada.take(verified.body);
  }

  async function giveRole(ada: Person, role: string): Promise<void> {
    const id = await app.nest.get(Accounts, { strict: false }).findIdByIdentifier(ada.username);
    await grant(app, id!, 'user', role);
  }
});

const NEW_PASSWORD = 'punched cards hold flowers';
const MAX_AGE = 600;
/** No recovery codes: what is left when they are used up is what counts. */
const ENV = { MFA_FACTORS: 'app,mailbox,webauthn', MFA_MAX_AGE: String(MAX_AGE) };

type Answer =
  | { status: 'authenticated'; session: { acr: string; amr: readonly string[] } }
  | { status: 'mfa_required' | 'mfa_enrollment_required'; reason: string; factors: readonly { type: string }[] };

function inShort({ status, body }: Response): string {
  if (status === 401) return 'refused';
  expect(status).toBe(200);
  const answer = body as Answer;
  if (answer.status !== 'authenticated') {
    return `${answer.status}: ${answer.reason} (${answer.factors.map(({ type }) => type).join(' ')})`;
  }
  const { acr, amr } = answer.session;
  return `authenticated: ${acr} [${amr.join(' ')}]`;
}
