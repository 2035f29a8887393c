import * as fc from 'fast-check';
import { Person } from '../support/person';
import { SAMPLE_ANSWER, WITH_SAMPLE_FACTOR } from '../support/sample-factor';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(120_000); // hundreds of requests on a busy machine

const GRACE = 30;

/** What happens to one session. `behind`: which of the tokens given so far is presented, counted from the newest. */
type Step =
  | { readonly do: 'refresh'; readonly behind: number }
  | { readonly do: 'verify' }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'logout' };

// The newest by its owner; the one before by a second tab, or after a lost answer; older ones by a thief.
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('refresh' as const), behind: fc.constantFrom(0, 0, 0, 1, 1, 2, 3) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('verify' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, GRACE, GRACE + 1) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('logout' as const) }) },
);

/** What a refresh token is to its session, in words of its own. */
class Model {
  lives = true;
  private previous: string | undefined;
  private rotatedAt = Number.NEGATIVE_INFINITY;
  private superseded: string | undefined;
  /** The one before the superseded one, until the next refresh. */
  private alsoSuperseded: string | undefined;

  constructor(private current: string) {}

  /** @returns the token that the answer should have; `new` for one never seen; undefined for a refusal */
  present(token: string, now: number): string | undefined {
    if (!this.lives) return undefined;
    if (token === this.current) return 'new';
    if (token === this.superseded) return undefined;
    const isRecent = now - this.rotatedAt <= GRACE;
    if (isRecent && token === this.previous) return this.current;
    if (isRecent && token === this.alsoSuperseded) return undefined;
    this.lives = false;
    return undefined;
  }

  rotated(successor: string, now: number): void {
    this.previous = this.current;
    this.current = successor;
    this.rotatedAt = now;
    this.alsoSuperseded = undefined;
  }

  verified(successor: string): void {
    this.alsoSuperseded = this.previous;
    this.superseded = this.current;
    this.previous = undefined;
    this.current = successor;
  }
}

describe('Whatever happens to a session', () => {
  let app: TestApp;

  beforeAll(async () => {
    const env = { ...WITH_SAMPLE_FACTOR.env, DOCS: 'off', ACCESS_TOKEN_TTL: '3600', MFA_IDLE_TIMEOUT: '7200' };
    app = await startTestApp({ ...WITH_SAMPLE_FACTOR, env });
  });
  afterAll(() => app.close());

  /** Somebody with the sample factor, whose answer may be given as often as one likes. */
  async function signIn(): Promise<Person> {
    const person = await Person.signedIn(app);
    const begun = await person.post('/v1/mfa/factors', { type: 'sample' }, person.accessToken).expect(201);
    const path = `/v1/mfa/factors/${begun.body.factor.id as string}/activate`;
    person.take((await person.post(path, { code: SAMPLE_ANSWER }, person.accessToken).expect(200)).body.auth);
    return person;
  }

  it('its refresh tokens follow the model, and nothing of it works once it is over', async () => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      const ada = await signIn();
      const model = new Model(ada.refreshToken);
      const refreshTokens = [ada.refreshToken];
      const accessTokens = [ada.accessToken];
      const keep = (body: { refreshToken: string; accessToken: string }) => {
        if (!refreshTokens.includes(body.refreshToken)) refreshTokens.push(body.refreshToken);
        accessTokens.push(body.accessToken);
      };
      for (const next of steps) {
        const now = app.clock.nowInSeconds();
        if (next.do === 'wait') app.clock.advance(next.seconds);
        if (next.do === 'logout') {
          await ada.post('/v1/auth/logout', { refreshToken: refreshTokens[0] }).expect(204);
          model.lives = false;
        }
        if (next.do === 'verify') {
          const token = accessTokens.at(-1)!;
          const challenge = await ada.post('/v1/mfa/challenges', {}, token);
          expect(challenge.status).toBe(model.lives ? 201 : 401);
          if (!model.lives) continue;
          const { body } = await ada.verify(challenge.body.id as string, SAMPLE_ANSWER, token).expect(200);
          keep(body);
          model.verified(body.refreshToken as string);
        }
        if (next.do === 'refresh') {
          const presented = refreshTokens.at(-1 - next.behind) ?? refreshTokens[0]!;
          const expected = model.present(presented, now);
          const { status, body } = await ada.refresh(presented);
          expect(status).toBe(expected === undefined ? 401 : 200);
          if (expected === undefined) continue;
          expect(body.session.acr).toBe('aal2');
          if (expected === 'new') {
            expect(refreshTokens).not.toContain(body.refreshToken);
            model.rotated(body.refreshToken as string, now);
          } else expect(body.refreshToken).toBe(expected);
          keep(body);
        }
      }
      const works = await ada.get('/v1/payouts', accessTokens.at(-1));
      expect(works.status).toBe(model.lives ? 200 : 401);
      if (model.lives) return;
      for (const token of accessTokens) expect((await ada.get('/v1/payouts/limits', token)).status).toBe(401);
      for (const token of refreshTokens) expect((await ada.refresh(token)).status).toBe(401);
    });
    await fc.assert(property, { numRuns: Number(process.env['TEST_PROPERTY_RUNS'] ?? 25) });
  });
});
