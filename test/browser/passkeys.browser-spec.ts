import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { ChildServer } from '../support/child-server';
import { startBrowser } from './swagger-page';
import { WebSites } from './web-sites';

const API = 'https://api.example.test';
/** In `WEBAUTHN_ORIGINS`. */
const APP = 'https://app.example.test';
/** Below the same domain, so that browsers let it ask, and in none of our lists but that for CORS. */
const NEIGHBOUR = 'https://neighbour.example.test';

const PASSWORD = 'a loom that weaves algebra';

/* eslint-disable @typescript-eslint/no-explicit-any -- as loose as supertest's bodies */
interface Answer {
  readonly status: number;
  readonly body: any;
}

interface StoredCredential {
  readonly credentialId: string;
  readonly signCount: number;
}

/** An authenticator that Chromium plays (WebAuthn Level 3, section 11). */
class VirtualAuthenticator {
  private constructor(
    private readonly devTools: CDPSession,
    private readonly authenticatorId: string,
  ) {}

  static async pluggedInto(page: Page): Promise<VirtualAuthenticator> {
    const devTools = await page.context().newCDPSession(page);
    await devTools.send('WebAuthn.enable');
    const { authenticatorId } = await devTools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return new VirtualAuthenticator(devTools, authenticatorId);
  }

  async credentials(): Promise<StoredCredential[]> {
    const { authenticatorId } = this;
    return (await this.devTools.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
  }

  async add(credential: StoredCredential): Promise<void> {
    const { authenticatorId } = this;
    await this.devTools.send('WebAuthn.addCredential', { authenticatorId, credential: credential as any });
  }

  async setUserVerified(isUserVerified: boolean): Promise<void> {
    const { authenticatorId } = this;
    await this.devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
  }
}

describe('Passkeys in Chromium', () => {
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
      ALLOWED_ORIGINS: `${APP},${NEIGHBOUR}`,
      WEBAUTHN_RP_ID: 'example.test',
      WEBAUTHN_ORIGINS: APP,
    });
    cleanUp.unshift(() => server.stop());
    const sites = await WebSites.start({ [new URL(API).host]: server.url });
    cleanUp.unshift(() => sites.stop());
    // Browsers give no credentials to pages whose certificate is not good.
    browser = await startBrowser(sites.resolverRule, '--ignore-certificate-errors');
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
  async function call(page: Page, path: string, body: object = {}, token?: string): Promise<Answer> {
    return page.evaluate(
      async ({ url, json, bearer }) => {
        const headers = {
          'content-type': 'application/json',
          ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        };
        const response = await fetch(url, { method: 'POST', headers, body: json });
        return { status: response.status, body: await response.json() };
      },
      { url: `${API}${path}`, json: JSON.stringify(body), bearer: token },
    );
  }

  /** `navigator.credentials.create()` or `.get()` as a page calls it: from JSON to JSON. */
  async function ceremony(page: Page, kind: 'create' | 'get', publicKey: object): Promise<any> {
    // As text: what runs in the page is no TypeScript of ours, and knows the browser's own globals.
    const script = `(async () => {
      const json = ${JSON.stringify(publicKey)};
      const publicKey = PublicKeyCredential.${kind === 'create' ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON'}(json);
      return (await navigator.credentials.${kind}({ publicKey })).toJSON();
    })().catch((error) => ({ error: error.name }))`;
    return page.evaluate(script);
  }

  async function signedIn(page: Page): Promise<{ username: string; token: string }> {
    const username = `person-${++people}`;
    expect((await call(page, '/v1/auth/register', { username, password: PASSWORD })).status).toBe(201);
    const { body } = await call(page, '/v1/auth/login', { identifier: username, password: PASSWORD });
    return { username, token: body.accessToken as string };
  }

  /** A new passkey for the account of the token. */
  async function enroll(page: Page, token: string): Promise<{ token: string; factorId: string }> {
    const begun = await call(page, '/v1/mfa/factors', { type: 'webauthn', name: 'Laptop' }, token);
    expect(begun.status).toBe(201);
    const credential = await ceremony(page, 'create', begun.body.enrollment.publicKey as object);
    const factorId = begun.body.factor.id as string;
    const { status, body } = await call(page, `/v1/mfa/factors/${factorId}/activate`, { credential }, token);
    expect({ status, session: body.auth?.session }).toMatchObject({ status: 200, session: { acr: 'phr' } });
    return { token: body.auth.accessToken as string, factorId };
  }

  async function loginByPasskey(page: Page): Promise<Answer> {
    const { body } = await call(page, '/v1/auth/passkey/options');
    const credential = await ceremony(page, 'get', body.publicKey as object);
    return call(page, '/v1/auth/passkey/login', { challengeId: body.challengeId, credential });
  }

  it('are enrolled, sign in without a password, and step up', async () => {
    const page = await pageAt(APP);
    const authenticator = await VirtualAuthenticator.pluggedInto(page);
    const { username, token } = await signedIn(page);
    const { factorId } = await enroll(page, token);
    expect(await authenticator.credentials()).toMatchObject([{ isResidentCredential: true, rpId: 'example.test' }]);

    const login = await loginByPasskey(page);
    expect(login.body).toMatchObject({ status: 'authenticated', session: { acr: 'phr', amr: ['hwk', 'user', 'mfa'] } });
    // The authenticator that has one is asked for no second.
    const again = await call(page, '/v1/mfa/factors', { type: 'webauthn' }, login.body.accessToken as string);
    expect(await ceremony(page, 'create', again.body.enrollment.publicKey as object)).toEqual({
      error: 'InvalidStateError',
    });

    const half = await call(page, '/v1/auth/login', { identifier: username, password: PASSWORD });
    expect(half.body).toMatchObject({ status: 'mfa_required', factors: [{ id: factorId }, { type: 'recovery_code' }] });
    for (const bearer of [half.body.mfaToken as string, login.body.accessToken as string]) {
      const { body } = await call(page, '/v1/mfa/challenges', { factorId }, bearer);
      const credential = await ceremony(page, 'get', body.publicKey as object);
      const verified = await call(page, `/v1/mfa/challenges/${String(body.id)}/verify`, { credential }, bearer);
      expect(verified).toMatchObject({ status: 200, body: { session: { acr: 'phr' } } });
    }
  });

  it('without their user verified are no login, and a second factor', async () => {
    const page = await pageAt(APP);
    const authenticator = await VirtualAuthenticator.pluggedInto(page);
    const { username, token } = await signedIn(page);
    const { factorId } = await enroll(page, token);
    await authenticator.setUserVerified(false);
    const { body } = await call(page, '/v1/auth/passkey/options');
    expect(await ceremony(page, 'get', body.publicKey as object)).toEqual({ error: 'NotAllowedError' });
    // A page that asks for less gets less, and we do not take it.
    const lenient = { ...body.publicKey, userVerification: 'discouraged' };
    const credential = await ceremony(page, 'get', lenient as object);
    const refused = await call(page, '/v1/auth/passkey/login', { challengeId: body.challengeId, credential });
    expect(refused).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });

    const half = await call(page, '/v1/auth/login', { identifier: username, password: PASSWORD });
    const bearer = half.body.mfaToken as string;
    const challenge = await call(page, '/v1/mfa/challenges', { factorId }, bearer);
    const answer = await ceremony(page, 'get', { ...challenge.body.publicKey, userVerification: 'discouraged' });
    const path = `/v1/mfa/challenges/${String(challenge.body.id)}/verify`;
    const verified = await call(page, path, { credential: answer }, bearer);
    expect(verified.body.session).toMatchObject({ acr: 'phr', amr: ['pwd', 'hwk', 'mfa'] });
  });

  it('notice a clone', async () => {
    const page = await pageAt(APP);
    const authenticator = await VirtualAuthenticator.pluggedInto(page);
    const { token } = await signedIn(page);
    const { factorId } = await enroll(page, token);
    const [stolen] = await authenticator.credentials();
    for (let uses = 0; uses < 3; uses++) expect((await loginByPasskey(page)).status).toBe(200);
    const [used] = await authenticator.credentials();
    expect(used!.signCount).toBeGreaterThan(stolen!.signCount + 1);

    const thief = await pageAt(APP);
    const clone = await VirtualAuthenticator.pluggedInto(thief);
    await clone.add(stolen!);
    expect(await loginByPasskey(thief)).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    // From now on neither gets in: the passkey is locked.
    expect(await loginByPasskey(page)).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    const challenge = await call(page, '/v1/mfa/challenges', { factorId }, token);
    expect(challenge).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } });
  });

  it('are not taken from a page that is not in the list, though the browser lets it ask', async () => {
    const page = await pageAt(APP);
    const authenticator = await VirtualAuthenticator.pluggedInto(page);
    await enroll(page, (await signedIn(page)).token);
    const [own] = await authenticator.credentials();
    const neighbour = await pageAt(NEIGHBOUR);
    await (await VirtualAuthenticator.pluggedInto(neighbour)).add(own!);
    expect(await loginByPasskey(neighbour)).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    expect(await loginByPasskey(page)).toMatchObject({ status: 200 });
  });
});
