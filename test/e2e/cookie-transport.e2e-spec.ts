import request, { type Response, type Test } from 'supertest';
import { readJws } from '../support/jws';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';
import { COOKIE, setCookiesOf, WebPage } from '../support/web-page';

jest.setTimeout(60_000); // many requests a test, on a busy machine

const ISSUER = 'http://localhost:3000';
const ALLOWED = 'https://app.example.test';
/** What an `Origin` may be that is not allowed. */
const FOREIGN: [string, string | undefined][] = [
  ['none', undefined],
  ['null', 'null'],
  ['another', 'https://evil.example.test'],
  ['the allowed one in plain HTTP', 'http://app.example.test'],
  ['the allowed one on another port', `${ALLOWED}:8443`],
  ['one that begins like the allowed one', `${ALLOWED}.evil.test`],
  ['one that ends like the allowed one', 'https://evil-app.example.test'],
  ['the allowed one with a slash', `${ALLOWED}/`],
  ['the allowed one in capitals', ALLOWED.toUpperCase()],
  ['two of them', `${ALLOWED}, https://evil.example.test`],
  ['nothing', ''],
];

describe('Cookie transport', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off', ALLOWED_ORIGINS: `${ALLOWED},https://other.example.test` } });
  });
  afterAll(() => app.close());

  const browser = (origin: string | undefined = ALLOWED) => new WebPage(app, origin);

  /** Expects new tokens of a session with cookie transport, and takes them. */
  async function tokens(page: WebPage, test: Test, pick = (body: Response['body']) => body): Promise<Response> {
    const response = await test;
    expect(response.status).toBe(200);
    const auth = pick(response.body);
    expect(auth.status).toBe('authenticated');
    // Wherever one may begin: the four characters by themselves turn up in a signature now and then.
    expect(response.text).not.toMatch(/(?<![A-Za-z0-9_-])csr_/);
    expect(auth).not.toHaveProperty('refreshToken');
    expect(response.headers['cache-control']).toBe('no-store');
    const [cookie, ...more] = setCookiesOf(response);
    expect(more).toEqual([]);
    expect(cookie).toMatch(/^__Host-csr=csr_[A-Za-z0-9_-]{78}; /);
    expect(cookie!.split('; ').slice(1).toSorted()).toEqual(
      [`Max-Age=${String(auth.refreshExpiresIn)}`, 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Strict'].toSorted(),
    );
    page.take(response);
    return response;
  }

  /** A browser with somebody signed in by password. */
  async function signedIn(): Promise<{ person: Person; page: WebPage }> {
    const person = await Person.registered(app);
    const page = browser();
    await tokens(page, page.login(person.username, person.password));
    return { person, page };
  }

  async function expectAlive(page: WebPage): Promise<void> {
    const answer = await request(app.url).get('/v1/payouts/limits').set('authorization', `Bearer ${page.accessToken}`);
    expect(answer.status).toBe(200);
    await tokens(page, page.at(ALLOWED).refresh());
  }

  describe('of a session', () => {
    it('sets the cookie at login and at each refresh, and has no refresh token in a body', async () => {
      const { page } = await signedIn();
      const first = page.cookie;
      await tokens(page, page.refresh());
      expect(page.cookie).not.toBe(first);
      await tokens(page, page.refresh({}));
      // The one before, within its grace: two tabs.
      const tab = page.at(ALLOWED);
      await tokens(page, page.refresh());
      await tokens(tab, tab.refresh());
      expect(tab.cookie).toBe(page.cookie);
    });

    it('is remembered while the second factor is missing', async () => {
      const person = await Person.withApp(app);
      const page = browser();
      const half = await page.login(person.username, person.password).expect(200);
      expect(half.body.status).toBe('mfa_required');
      expect(setCookiesOf(half)).toEqual([]);
      person.take(half.body);
      const id = await person.challenge();
      const verify = page.post(
        `/v1/mfa/challenges/${id}/verify`,
        { code: person.authenticator.code() },
        { authorization: `Bearer ${person.mfaToken}` },
      );
      await tokens(page, verify);
      await tokens(page, page.refresh());
    });

    it('is whatever its sign-in said: a header later on changes nothing', async () => {
      const { person, page } = await signedIn();
      await tokens(page, page.post('/v1/auth/refresh', {}, { 'x-token-transport': 'body' }));
      await tokens(page, page.authorized('/v1/auth/reauthenticate', { password: person.password }));

      await person.login();
      const { body, headers } = await person.refresh().set('x-token-transport', 'cookie').expect(200);
      expect(body.refreshToken).toMatch(/^csr_/);
      expect(headers).not.toHaveProperty('set-cookie');
    });

    it('holds for reauthentication, activation and verification', async () => {
      const { person, page } = await signedIn();
      await tokens(page, page.authorized('/v1/auth/reauthenticate', { password: person.password }));
      person.accessToken = page.accessToken;
      await person.enroll();
      const code = person.authenticator.code();
      const activate = page.authorized(`/v1/mfa/factors/${person.factorId}/activate`, { code });
      await tokens(page, activate, ({ auth }) => auth);
      app.clock.advance(30);
      const challenge = await person.challenge(page.accessToken);
      const superseded = page.at(ALLOWED);
      await tokens(
        page,
        page.authorized(`/v1/mfa/challenges/${challenge}/verify`, { code: person.authenticator.code() }),
      );
      await refused(superseded.refresh(), 401, 'invalid_refresh_token');
      const { body } = await tokens(page, page.refresh());
      expect(body.session).toMatchObject({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] });
    });

    it('lets the cookie end with the session', async () => {
      const { page } = await signedIn();
      app.clock.advance(7 * 86_400);
      await refused(page.refresh(), 401, 'invalid_refresh_token');
      const other = await signedIn();
      for (let days = 0; days < 24; days += 6) {
        app.clock.advance(6 * 86_400);
        await tokens(other.page, other.page.refresh());
      }
      app.clock.advance(5 * 86_400);
      const { body } = await tokens(other.page, other.page.refresh());
      expect(body.refreshExpiresIn).toBe(86_400); // the absolute end is the nearer one
    });

    it('asks for a second factor without using anything up', async () => {
      const person = await Person.withApp(app);
      const page = browser();
      person.take((await page.login(person.username, person.password)).body);
      const id = await person.challenge();
      const path = `/v1/mfa/challenges/${id}/verify`;
      const headers = { authorization: `Bearer ${person.mfaToken}` };
      await tokens(page, page.post(path, { code: person.authenticator.code() }, headers));
      // A reauthentication of somebody with a factor is half a sign-in: no cookie.
      const half = await page.authorized('/v1/auth/reauthenticate', { password: person.password }).expect(200);
      expect(half.body.status).toBe('mfa_required');
      expect(setCookiesOf(half)).toEqual([]);
      await tokens(page, page.refresh());
    });
  });

  describe('is refused', () => {
    it.each(FOREIGN)('for a refresh of origin %s, which uses nothing up', async (_, origin) => {
      const { page } = await signedIn();
      const before = page.cookie;
      const foreign = page.at(origin);
      const answer = await refused(foreign.refresh(), 403, 'origin_refused');
      expect(setCookiesOf(answer)).toEqual([]);
      await refused(foreign.refresh({}), 403, 'origin_refused');
      expect(page.cookie).toBe(before);
      app.clock.advance(31); // past the grace, in which a token that was used is good once more
      await expectAlive(page);
    });

    it.each(FOREIGN)('for a logout of origin %s, which ends nothing', async (_, origin) => {
      const { page } = await signedIn();
      const foreign = page.at(origin);
      const answer = await refused(foreign.post('/v1/auth/logout'), 403, 'origin_refused');
      expect(setCookiesOf(answer)).toEqual([]);
      await refused(foreign.authorized('/v1/auth/logout'), 403, 'origin_refused');
      await expectAlive(page);
    });

    it.each(FOREIGN.filter(([, origin]) => origin !== undefined))('for a login of origin %s', async (_, origin) => {
      const person = await Person.registered(app);
      const answer = await refused(browser(origin).login(person.username, person.password), 403, 'origin_refused');
      expect(setCookiesOf(answer)).toEqual([]);
    });

    it('under any other name than `cookie` or `body`', async () => {
      const person = await Person.registered(app);
      const { username, password } = person;
      for (const name of ['Cookie', 'cookies', 'header', 'cookie, cookie', ' ', 'cookie;', '0']) {
        const headers = { 'x-token-transport': name };
        await refused(
          browser().post('/v1/auth/login', { identifier: username, password }, headers),
          400,
          'validation_failed',
        );
        const other = { username: `${username}-2`, password };
        await refused(browser().post('/v1/auth/register', other, headers), 400, 'validation_failed');
      }
      const asked = await browser()
        .post('/v1/auth/login', { identifier: username, password }, { 'x-token-transport': 'body' })
        .expect(200);
      expect(asked.body.refreshToken).toMatch(/^csr_/);
      expect(setCookiesOf(asked)).toEqual([]);
    });

    it('when the cookie is there twice', async () => {
      const { page } = await signedIn();
      const other = await signedIn();
      for (const second of [page.cookie!, other.page.cookie!, 'nonsense', '']) {
        for (const path of ['/v1/auth/refresh', '/v1/auth/logout']) {
          const twice = `${COOKIE}=${page.cookie!}; a=b; ${COOKIE}=${second}`;
          const test = request(app.url).post(path).set({ origin: ALLOWED, cookie: twice });
          const { body } = await refused(test, 400, 'validation_failed');
          expect(body.errors).toMatchObject([{ path: 'Cookie' }]);
        }
      }
      await expectAlive(page);
      await expectAlive(other.page);
    });

    it.each(['nonsense', 'csr_', `csr_${'A'.repeat(78)}`, '', '%00', 'x'.repeat(4000)])(
      'for a cookie that cannot be one (%#), without a word of why',
      async (cookie) => {
        const test = () =>
          request(app.url)
            .post('/v1/auth/refresh')
            .set({ origin: ALLOWED, cookie: `${COOKIE}=${cookie}` });
        await refused(test(), 401, 'invalid_refresh_token');
        await request(app.url)
          .post('/v1/auth/logout')
          .set({ origin: ALLOWED, cookie: `${COOKIE}=${cookie}` })
          .expect(204);
      },
    );

    it('after its token was used twice: the session ends', async () => {
      const { page } = await signedIn();
      const stolen = page.at(ALLOWED);
      for (let times = 0; times < 2; times++) await tokens(page, page.refresh());
      await refused(stolen.refresh(), 401, 'invalid_refresh_token');
      await refused(page.refresh(), 401, 'invalid_refresh_token');
    });
  });

  describe('and body transport', () => {
    it('do not take each other’s tokens, and lose nothing by the attempt', async () => {
      const { person, page } = await signedIn();
      await refused(browser().refresh({ refreshToken: page.cookie }), 401, 'invalid_refresh_token');
      await refused(person.refresh(page.cookie), 401, 'invalid_refresh_token');
      await expectAlive(page);

      await person.login();
      const thief = browser();
      thief.cookie = person.refreshToken;
      await refused(thief.refresh(), 401, 'invalid_refresh_token');
      expect((await person.refresh().expect(200)).body.refreshToken).toMatch(/^csr_/);
    });

    it('do not log each other out', async () => {
      const { person, page } = await signedIn();
      await browser().post('/v1/auth/logout', { refreshToken: page.cookie }).expect(204);
      await expectAlive(page);

      await person.login();
      const thief = browser();
      thief.cookie = person.refreshToken;
      await thief.post('/v1/auth/logout').expect(204);
      await person.refresh().expect(200);
    });

    it('at once: the token of the body counts, and the cookie keeps', async () => {
      const { person, page } = await signedIn();
      await person.login();
      const { body, headers } = await page.refresh({ refreshToken: person.refreshToken }).expect(200);
      expect(body).toMatchObject({ status: 'authenticated', refreshToken: expect.stringMatching(/^csr_/) });
      expect(headers).not.toHaveProperty('set-cookie');
      app.clock.advance(31);
      await tokens(page, page.refresh());

      // A bad one in the body is not made good by the cookie.
      await refused(page.refresh({ refreshToken: 'nonsense' }), 401, 'invalid_refresh_token');
      await refused(page.refresh({ refreshToken: page.cookie }), 401, 'invalid_refresh_token');
      await refused(page.refresh({ refreshToken: 7 }), 400, 'validation_failed');
      await refused(page.refresh({ refreshToken: null }), 400, 'validation_failed');
      // The cookie is there: so the page must be of an allowed origin, whatever else it sends.
      const foreign = page.at('https://evil.example.test');
      await refused(foreign.refresh({ refreshToken: body.refreshToken }), 403, 'origin_refused');
      await expectAlive(page);
    });

    it('with neither, a page that counts on its cookie learns that it has to sign in', async () => {
      const { body } = await refused(browser().refresh({}), 400, 'validation_failed');
      expect(body.errors).toMatchObject([{ path: 'refreshToken', code: 'required' }]);
      await refused(browser().refresh(), 400, 'validation_failed');
      const asked = browser().post('/v1/auth/refresh', undefined, { 'x-token-transport': 'cookie' });
      await refused(asked, 401, 'invalid_refresh_token');
    });
  });

  describe('ends at logout', () => {
    it.each([ALLOWED, 'https://other.example.test', ISSUER])(
      'from a page of %s, and the cookie goes',
      async (origin) => {
        const { page } = await signedIn();
        const answer = await page.at(origin).post('/v1/auth/logout').expect(204);
        const [cookie, ...more] = setCookiesOf(answer);
        expect(more).toEqual([]);
        expect(cookie!.split('; ').toSorted()).toEqual(
          [`${COOKIE}=`, 'Max-Age=0', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Strict'].toSorted(),
        );
        await refused(page.refresh(), 401, 'invalid_refresh_token');
        await refused(page.authorized('/v1/auth/reauthenticate', { password: 'x' }), 401, 'token_invalid');
      },
    );

    it('by the access token beside it, and of both sessions where they differ', async () => {
      const { page } = await signedIn();
      const other = await signedIn();
      page.accessToken = other.page.accessToken;
      await page.authorized('/v1/auth/logout').expect(204);
      await refused(page.refresh(), 401, 'invalid_refresh_token');
      await refused(other.page.refresh(), 401, 'invalid_refresh_token');
    });

    it('by the access token alone, from anywhere: no cookie, no authority of a cookie', async () => {
      const { page } = await signedIn();
      const native = page.at(undefined);
      native.cookie = undefined;
      await native.authorized('/v1/auth/logout').expect(204);
      await refused(page.refresh(), 401, 'invalid_refresh_token');
    });
  });

  it('is fixed by a login without an origin, too: what is no browser forges nothing', async () => {
    const person = await Person.registered(app);
    const native = new WebPage(app, undefined);
    native.take(await native.login(person.username, person.password).expect(200));
    expect(native.cookie).toMatch(/^csr_/);
    await refused(native.refresh(), 403, 'origin_refused');
    const { body } = await tokens(native, native.at(ISSUER).refresh());
    expect(readJws(body.accessToken as string).payload).toMatchObject({ acr: 'aal1' });
  });

  it('is nothing to routes under an access token: the cookie opens none of them', async () => {
    const { page } = await signedIn();
    const get = (path: string) =>
      request(app.url)
        .get(path)
        .set({ origin: ALLOWED, cookie: `${COOKIE}=${page.cookie!}` });
    for (const path of ['/v1/users/me', '/v1/sessions', '/v1/payouts/limits']) {
      await refused(get(path), 401, 'token_missing');
    }
  });

  it('passes the preflight of an allowed page, and of no other', async () => {
    const preflight = (origin: string) =>
      request(app.url).options('/v1/auth/login').set({
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-token-transport',
      });
    const { headers } = await preflight(ALLOWED).expect(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': ALLOWED,
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': expect.stringContaining('x-token-transport') as string,
    });
    expect((await preflight('https://evil.example.test')).headers).not.toHaveProperty('access-control-allow-origin');
  });
});
