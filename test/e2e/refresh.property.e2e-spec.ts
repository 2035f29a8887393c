import * as fc from 'fast-check';
import { Person } from '../support/person';
import { RefreshModel, type RefreshRules, type RefreshTimes } from '../support/refresh-model';
import { SAMPLE_ANSWER, WITH_SAMPLE_FACTOR } from '../support/sample-factor';
import { startTestApp, type TestApp } from '../support/test-app';

/** TEST_PROPERTY_RUNS takes away the limit of time; TEST_PROPERTY_SEED goes other ways. */
const SEED = Number(process.env['TEST_PROPERTY_SEED'] ?? 20_260_601);
const RUNS = process.env['TEST_PROPERTY_RUNS'];
const MILLISECONDS = RUNS ? Number.POSITIVE_INFINITY : 4000;

/** Holds a property for so many runs, or for as many as there is time for. */
async function holds<T>(given: fc.Arbitrary<T>, predicate: (value: T) => Promise<void>): Promise<void> {
  const began = performance.now();
  let runs = 0;
  const property = fc.asyncProperty(given, async (value) => {
    // Not by the library's own limit: it leaves a run behind that goes on moving the clock.
    if (performance.now() - began > MILLISECONDS) return;
    await predicate(value);
    runs++;
  });
  await fc.assert(property, { seed: SEED, numRuns: Number(RUNS ?? 60) });
  expect(runs).toBeGreaterThan(0);
}

jest.setTimeout(RUNS ? 3_600_000 : 120_000);

const TIMES: RefreshTimes = { grace: 30, mfaMaxAge: 9000, mfaIdle: 4000, sessionIdle: 12_000, sessionMaxAge: 30_000 };
const ACCESS_TTL = 3600;
const MFA_TTL = 300;

const TABS = [0, 1] as const;
type Tab = (typeof TABS)[number];

type Step =
  /** `isLost`: the answer, and the tab keeps what it had. */
  | { readonly do: 'refresh'; readonly tab: Tab; readonly isLost: boolean }
  | { readonly do: 'steal'; readonly tab: Tab }
  | { readonly do: 'use what was stolen' }
  | { readonly do: 'share'; readonly from: Tab }
  | { readonly do: 'verify'; readonly tab: Tab; readonly isLost: boolean }
  | { readonly do: 'reauthenticate'; readonly tab: Tab; readonly isLost: boolean }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'logout' };

const tab = fc.constantFrom(...TABS);
const isLost = fc.constantFrom(false, false, true);
const named = <D extends Step['do'], T extends object>(name: D, model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record({ do: fc.constant(name), ...model });

const step = fc.oneof(
  { weight: 12, arbitrary: named('refresh', { tab, isLost }) },
  { weight: 3, arbitrary: named('share', { from: tab }) },
  { weight: 4, arbitrary: named('verify', { tab, isLost }) },
  { weight: 2, arbitrary: named('reauthenticate', { tab, isLost }) },
  { weight: 1, arbitrary: named('steal', { tab }) },
  { weight: 1, arbitrary: named('use what was stolen', {}) },
  {
    weight: 5,
    arbitrary: named('wait', {
      seconds: fc.constantFrom(1, 1, TIMES.grace, TIMES.grace + 1, 301, 3000, TIMES.mfaIdle + 1, 11_999, 12_000),
    }),
  },
  { weight: 1, arbitrary: named('logout', {}) },
) as fc.Arbitrary<Step>;

/** What a browser tab holds. */
interface Held {
  refreshToken: string;
  accessToken: string;
  accessUntil: number;
  mfaToken?: string;
  mfaUntil?: number;
  round?: number;
}

interface Tokens {
  readonly refreshToken: string;
  readonly accessToken: string;
}

describe.each(['lower', 'challenge'] as const)('Whatever happens to a session, MFA_WHEN_STALE=%s', (whenStale) => {
  let app: TestApp;
  const people = new Map<boolean, Person>();

  beforeAll(async () => {
    const env = {
      ...WITH_SAMPLE_FACTOR.env,
      DOCS: 'off',
      MFA_WHEN_STALE: whenStale,
      ACCESS_TOKEN_TTL: String(ACCESS_TTL),
      MFA_MAX_AGE: String(TIMES.mfaMaxAge),
      MFA_IDLE_TIMEOUT: String(TIMES.mfaIdle),
      SESSION_IDLE_TIMEOUT: String(TIMES.sessionIdle),
      SESSION_MAX_AGE: String(TIMES.sessionMaxAge),
    };
    app = await startTestApp({ ...WITH_SAMPLE_FACTOR, env });
    people.set(false, await Person.signedIn(app));
    const enrolled = await Person.signedIn(app);
    const begun = await enrolled.post('/v1/mfa/factors', { type: 'sample' }, enrolled.accessToken).expect(201);
    enrolled.factorId = begun.body.factor.id as string;
    const path = `/v1/mfa/factors/${enrolled.factorId}/activate`;
    await enrolled.post(path, { code: SAMPLE_ANSWER }, enrolled.accessToken).expect(200);
    people.set(true, enrolled);
  });
  afterAll(() => app.close());

  const now = () => app.clock.nowInSeconds();

  /** A new session of somebody who has the sample factor, whose answer may be given as often as one likes, or has none. */
  async function signIn(hasFactor: boolean): Promise<Person> {
    const person = people.get(hasFactor)!.elsewhere();
    await person.login();
    if (hasFactor) person.take((await person.verify(await person.challenge(), SAMPLE_ANSWER).expect(200)).body);
    return person;
  }

  const everything = fc.tuple(fc.boolean(), fc.array(step, { minLength: 1, maxLength: 18 }));

  it(`its refresh tokens follow the model, and nothing of it works once it has ended (seed ${SEED})`, async () => {
    await holds(everything, async ([hasFactor, steps]) => {
      const rules: RefreshRules = { ...TIMES, whenStale, hasFactor };
      const ada = await signIn(hasFactor);
      const model = new RefreshModel(rules, ada.refreshToken, hasFactor ? now() : null, now());
      const held = (body: Tokens): Held => ({ ...body, accessUntil: now() + ACCESS_TTL });
      const tabs: [Held, Held] = [held(ada), held(ada)];
      const seen = { refresh: new Set([ada.refreshToken]), access: new Set([ada.accessToken]), mfa: new Set<string>() };
      let stolen = ada.refreshToken;
      let round = 0;

      const keep = (each: Held, body: Tokens, answerIsLost: boolean) => {
        seen.refresh.add(body.refreshToken);
        seen.access.add(body.accessToken);
        if (!answerIsLost) Object.assign(each, { mfaToken: undefined }, held(body));
      };

      const refresh = async (token: string, each: Held | undefined, answerIsLost: boolean) => {
        const expected = model.present(token, now());
        const { status, body } = await ada.refresh(token);
        if (expected.status === 'refused') {
          expect([status, body.code]).toEqual([401, 'invalid_refresh_token']);
          return;
        }
        expect([status, body.status]).toEqual([200, expected.status]);
        if (expected.status === 'mfa_required') {
          expect(body.reason).toBe(expected.reason);
          expect(body).not.toHaveProperty('accessToken');
          expect(body).not.toHaveProperty('refreshToken');
          expect(seen.mfa).not.toContain(body.mfaToken);
          seen.mfa.add(body.mfaToken as string);
          if (each) Object.assign(each, { mfaToken: body.mfaToken, mfaUntil: now() + MFA_TTL, round });
          return;
        }
        expect(body.session).toMatchObject({ id: ada.sessionId, acr: expected.acr });
        if (expected.token === 'new') {
          expect(seen.refresh).not.toContain(body.refreshToken);
          model.rotated(body.refreshToken as string, expected.acr, now());
        } else expect(body.refreshToken).toBe(expected.token);
        if (each) keep(each, body as Tokens, answerIsLost);
        else seen.access.add(body.accessToken as string);
        seen.refresh.add(body.refreshToken as string);
      };

      const verify = async (each: Held, answerIsLost: boolean) => {
        const byMfaToken = each.mfaToken !== undefined;
        const token = each.mfaToken ?? each.accessToken;
        const isGood = byMfaToken
          ? now() < each.mfaUntil! && each.round === round && model.isLiveAt(now())
          : now() < each.accessUntil && model.isLiveAt(now());
        const challenge = await ada.post('/v1/mfa/challenges', {}, token);
        const answer =
          challenge.status === 201 ? await ada.verify(challenge.body.id as string, SAMPLE_ANSWER, token) : challenge;
        expect(answer.status).toBe(isGood ? 200 : 401);
        if (!isGood) {
          delete each.mfaToken;
          return;
        }
        expect(answer.body).toMatchObject({ status: 'authenticated', session: { id: ada.sessionId, acr: 'aal2' } });
        expect(seen.refresh).not.toContain(answer.body.refreshToken);
        round++;
        model.verified(answer.body.refreshToken as string, now());
        keep(each, answer.body as Tokens, answerIsLost);
      };

      const reauthenticate = async (each: Held, answerIsLost: boolean) => {
        const isGood = now() < each.accessUntil && model.isLiveAt(now());
        const { status, body } = await ada.reauthenticate(each.accessToken);
        expect(status).toBe(isGood ? 200 : 401);
        if (!isGood) return;
        expect(body.status).toBe(hasFactor ? 'mfa_required' : 'authenticated');
        if (!hasFactor) {
          model.verified(body.refreshToken as string, now());
          keep(each, body as Tokens, answerIsLost);
        } else if (!answerIsLost) {
          Object.assign(each, { mfaToken: body.mfaToken, mfaUntil: now() + MFA_TTL, round });
        }
      };

      for (const next of steps) {
        if (next.do === 'wait') app.clock.advance(next.seconds);
        if (next.do === 'share') Object.assign(tabs[next.from === 0 ? 1 : 0], tabs[next.from]);
        if (next.do === 'steal') stolen = tabs[next.tab].refreshToken;
        if (next.do === 'use what was stolen') await refresh(stolen, undefined, false);
        if (next.do === 'refresh') await refresh(tabs[next.tab].refreshToken, tabs[next.tab], next.isLost);
        if (next.do === 'verify' && hasFactor) await verify(tabs[next.tab], next.isLost);
        if (next.do === 'reauthenticate') await reauthenticate(tabs[next.tab], next.isLost);
        if (next.do === 'logout') {
          await ada.post('/v1/auth/logout', { refreshToken: tabs[0].refreshToken }).expect(204);
          model.isEnded = true;
        }
      }
      if (!model.isEnded) return;
      for (const token of seen.access) expect((await ada.get('/v1/payouts/limits', token)).status).toBe(401);
      for (const token of seen.refresh) expect((await ada.refresh(token)).status).toBe(401);
      for (const token of seen.mfa) expect((await ada.get('/v1/mfa/factors', token)).status).toBe(401);
    });
  });

  /** Two tabs of one browser, which share what they hold: each step is taken by one, and the other is late by one. */
  const honestStep = fc.oneof(
    { weight: 5, arbitrary: named('refresh', { tab, isLost }) },
    { weight: 3, arbitrary: named('verify', { tab, isLost }) },
    { weight: 3, arbitrary: named('wait', { seconds: fc.constantFrom(1, 31, 301, 3000) }) },
  ) as fc.Arbitrary<Step>;
  const honestLife = fc.array(fc.tuple(honestStep, fc.boolean()), { minLength: 1, maxLength: 14 });

  it(`two tabs and lost answers log nobody out (seed ${SEED})`, async () => {
    await holds(honestLife, async (steps) => {
      const ada = await signIn(true);
      const endsAt = now() + TIMES.sessionMaxAge - ACCESS_TTL;
      let { refreshToken, accessToken } = ada;
      const take = (body: Tokens) => ({ refreshToken, accessToken } = body);
      const verified = async (): Promise<Tokens> => {
        const challenge = await ada.challenge(accessToken);
        return (await ada.verify(challenge, SAMPLE_ANSWER, accessToken).expect(200)).body as Tokens;
      };
      for (const [next, otherIsLate] of steps) {
        const before = refreshToken;
        if (next.do === 'wait' && now() + next.seconds < endsAt) {
          app.clock.advance(next.seconds);
          // Its access token would run out: the browser refreshes in time.
          if (next.seconds > 300) take((await ada.refresh(refreshToken).expect(200)).body as Tokens);
        }
        if (next.do === 'refresh') {
          const given = (await ada.refresh(before).expect(200)).body as Tokens;
          // Whoever got no answer asks again with what it has, and gets the same.
          const again = next.isLost ? ((await ada.refresh(before).expect(200)).body as Tokens) : given;
          expect(again.refreshToken).toBe(given.refreshToken);
          take(again);
        }
        if (next.do === 'verify') {
          const given = await verified();
          if (next.isLost) {
            await ada.refresh(before).expect(401);
            take(await verified());
            expect(refreshToken).not.toBe(given.refreshToken);
          } else take(given);
        }
        if (otherIsLate && next.do !== 'wait') {
          const late = await ada.refresh(before);
          if (next.do === 'refresh') expect([late.status, late.body.refreshToken]).toEqual([200, refreshToken]);
          else expect(late.status).toBe(401);
        }
        await ada.get('/v1/payouts/limits', accessToken).expect(200);
      }
      const { body } = await ada.refresh(refreshToken).expect(200);
      expect(['authenticated', 'mfa_required']).toContain(body.status);
    });
  });
});
