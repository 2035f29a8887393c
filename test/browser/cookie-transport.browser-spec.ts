import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { Authenticator } from '../support/authenticator';
import { ChildServer } from '../support/child-server';
import { SystemClock } from '../../src/platform/clock/clock';
import { startBrowser } from './swagger-page';
import { WebSites } from './web-sites';

const API = 'https://api.example.test';
/** In `ALLOWED_ORIGINS`, and of the same site as the API: a Strict cookie goes along. */
const APP = 'https://app.example.test';
/** Of the same site, so that the cookie goes along, and not allowed. */
const NEIGHBOUR = 'https://neighbour.example.test';
/** Of another site. */
const ELSEWHERE = 'https://evil.test';
/** Of another site, and allowed all the same: CORS lets it ask, and the browser keeps the cookie from it. */
const PARTNER = 'https://partner.test';

const PASSWORD = 'a loom that weaves algebra';

/* eslint-disable @typescript-eslint/no-explicit-any -- as loose as supertest's bodies */
interface Answer {
  /** 0 where the browser lets the page see nothing. */
  readonly status: number;
  readonly body: any;
}

describe('Cookie transport in Chromium', () => {
  const cleanUp: (() => unknown)[] = [];
  let browser: Browser;
  let context: BrowserContext;
  let people = 0;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-browser-'));
    cleanUp.unshift(() => {
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    });
    const server = await ChildServer.start({
      DATABASE_URL: '',
      DATA_DIR: folder,
      ISSUER: API,
      ALLOWED_ORIGINS: `${APP},${PARTNER}`,
    });
    cleanUp.unshift(() => server.stop());
    const sites = await WebSites.start({ [new URL(API).host]: server.url });
    cleanUp.unshift(() => sites.stop());
    browser = await startBrowser(sites.resolverRule);
    cleanUp.unshift(() => browser.close());
  }, 120_000);
  afterAll(async () => {
    for (const step of cleanUp) await step();
  });
  beforeEach(async () => {
    context = await browser.newContext({ ignoreHTTPSErrors: true });
  });
  afterEach(() => context.close());

  async function pageAt(origin: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${origin}/`);
    return page;
  }

  /** What a script of the page gets for its request. */
  async function call(page: Page, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
    return page.evaluate(
      async ({ url, json, more }) => {
        try {
          const response = await fetch(url, {
            method: 'POST',
            credentials: 'include',
            headers: { ...(json !== undefined && { 'content-type': 'application/json' }), ...more },
            ...(json !== undefined && { body: json }),
          });
          const text = await response.text();
          return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
        } catch {
          return { status: 0, body: undefined };
        }
      },
      { url: `${API}${path}`, json: body && JSON.stringify(body), more: headers },
    );
  }

  const login = (page: Page, identifier: string) =>
    call(page, '/v1/auth/login', { identifier, password: PASSWORD }, { 'x-token-transport': 'cookie' });
  const refresh = (page: Page) => call(page, '/v1/auth/refresh');
  const bearer = ({ body }: Answer) => ({ authorization: `Bearer ${String(body.accessToken ?? body.mfaToken)}` });
  const jar = async () => context.cookies(API);

  async function registered(page: Page): Promise<string> {
    const username = `person-${++people}`;
    expect((await call(page, '/v1/auth/register', { username, password: PASSWORD })).status).toBe(201);
    return username;
  }

  it('takes an allowed page from login to logout, and keeps the token from its scripts', async () => {
    const page = await pageAt(APP);
    const signedIn = await login(page, await registered(page));
    expect(signedIn).toMatchObject({ status: 200, body: { status: 'authenticated' } });
    expect(signedIn.body).not.toHaveProperty('refreshToken');

    const [cookie, ...more] = await jar();
    expect(more).toEqual([]);
    expect(cookie).toMatchObject({
      name: '__Host-csr',
      domain: 'api.example.test',
      path: '/',
      httpOnly: true,
      secure: true,
      sameSite: 'Strict',
    });
    expect(cookie?.expires).toBeGreaterThan(Date.now() / 1000 + Number(signedIn.body.refreshExpiresIn) - 60);
    expect(await page.evaluate('document.cookie')).toBe('');
    const own = await pageAt(API);
    expect(await own.evaluate('document.cookie')).toBe('');

    expect(await refresh(page)).toMatchObject({ status: 200, body: { status: 'authenticated' } });
    const [renewed] = await jar();
    expect(renewed?.value).not.toBe(cookie?.value);
    // A page loaded anew has nothing but the cookie, and that is enough.
    await page.reload();
    const again = await refresh(page);
    expect(again).toMatchObject({ status: 200, body: { session: { id: signedIn.body.session.id } } });

    expect((await call(page, '/v1/auth/logout', undefined, bearer(again))).status).toBe(204);
    expect(await jar()).toEqual([]);
    const counting = await call(page, '/v1/auth/refresh', undefined, { 'x-token-transport': 'cookie' });
    expect(counting).toMatchObject({ status: 401, body: { code: 'invalid_refresh_token' } });
    expect(await call(page, '/v1/auth/reauthenticate', { password: PASSWORD }, bearer(again))).toMatchObject({
      status: 401,
      body: { code: 'token_invalid' },
    });
  });

  it('comes with the second factor where one is due', async () => {
    const page = await pageAt(APP);
    const username = await registered(page);
    const first = await login(page, username);
    const enrolled = await call(page, '/v1/mfa/factors', { type: 'totp' }, bearer(first));
    const phone = new Authenticator(enrolled.body.enrollment.secret as string, new SystemClock());
    const path = `/v1/mfa/factors/${String(enrolled.body.factor.id)}/activate`;
    const [before] = await jar();
    const activated = await call(page, path, { code: phone.code() }, bearer(first));
    expect(activated.status).toBe(200);
    expect(activated.body.auth).not.toHaveProperty('refreshToken');
    expect((await jar())[0]?.value).not.toBe(before?.value);
    expect(await refresh(page)).toMatchObject({ status: 200, body: { session: { acr: 'aal2' } } });
    expect((await call(page, '/v1/auth/logout')).status).toBe(204);

    const half = await login(page, username);
    expect(half.body).toMatchObject({ status: 'mfa_required' });
    expect(await jar()).toEqual([]);
    const challenge = { factorId: half.body.factors.find(({ type }: { type: string }) => type === 'recovery_code').id };
    const { body } = await call(page, '/v1/mfa/challenges', challenge, bearer(half));
    const code = activated.body.recoveryCodes[0] as string;
    const verified = await call(page, `/v1/mfa/challenges/${String(body.id)}/verify`, { code }, bearer(half));
    expect(verified).toMatchObject({ status: 200, body: { status: 'authenticated' } });
    expect(verified.body).not.toHaveProperty('refreshToken');
    expect(await jar()).toMatchObject([{ name: '__Host-csr' }]);
    expect(await refresh(page)).toMatchObject({ status: 200, body: { session: { acr: 'aal2' } } });
  });

  it.each([NEIGHBOUR, ELSEWHERE])('gives scripts at %s nothing, and lets them end nothing', async (origin) => {
    const page = await pageAt(APP);
    const username = await registered(page);
    await login(page, username);
    const before = await jar();

    const foreign = await pageAt(origin);
    expect(await login(foreign, username)).toMatchObject({ status: 0 });
    expect(await refresh(foreign)).toMatchObject({ status: 0 });
    expect(await call(foreign, '/v1/auth/refresh', {})).toMatchObject({ status: 0 });
    expect(await call(foreign, '/v1/auth/logout')).toMatchObject({ status: 0 });
    // Without CORS: the request arrives, the answer stays out of reach.
    for (const path of ['/v1/auth/refresh', '/v1/auth/logout']) {
      await foreign.evaluate(
        (url) => fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include' }).catch(() => undefined),
        `${API}${path}`,
      );
    }
    expect(await jar()).toEqual(before);
    expect(await refresh(page)).toMatchObject({ status: 200, body: { status: 'authenticated' } });
  });

  it.each([NEIGHBOUR, ELSEWHERE])('forms at %s are refused, whatever they send', async (origin) => {
    const page = await pageAt(APP);
    await login(page, await registered(page));
    const before = await jar();
    for (const path of ['/v1/auth/refresh', '/v1/auth/logout']) {
      for (const encoding of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
        const foreign = await pageAt(origin);
        const answered = foreign.waitForResponse((response) => response.url() === `${API}${path}`);
        await foreign.setContent(`<form method="post" action="${API}${path}" enctype="${encoding}"></form>`);
        await foreign.evaluate('document.forms[0].submit()');
        expect((await answered).status()).toBe(415);
        await foreign.close();
      }
    }
    expect(await jar()).toEqual(before);
    expect(await refresh(page)).toMatchObject({ status: 200, body: { status: 'authenticated' } });
  });

  it('does not go along with a page of another site, though CORS allows it', async () => {
    const page = await pageAt(APP);
    await login(page, await registered(page));
    const partner = await pageAt(PARTNER);
    expect(await refresh(partner)).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(await refresh(page)).toMatchObject({ status: 200 });
  });
});
