import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { ServerProcess } from '../../examples/demo/server-process';
import { startBrowser, SwaggerPage } from './swagger-page';

describe('Swagger UI', () => {
  let server: ServerProcess;
  let browser: Browser;
  const cleanUp: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    browser = await startBrowser();
    cleanUp.push(() => browser.close());
    server = new ServerProcess();
    cleanUp.push(() => server.stop());
    await server.start();
  });
  afterAll(async () => {
    for (const step of cleanUp) await step();
  });

  it('leads through the whole journey by clicks, and fills in each token by itself', async () => {
    const page = await SwaggerPage.open(browser, server.url);
    await page.orPicture('swagger-ui-journey', () => journey(page));
    expect(page.troubles).toEqual([]);
  }, 180_000);

  it('has the routes numbered, from top to bottom', async () => {
    const page = await SwaggerPage.open(browser, server.url);
    const numbers = (await page.summaries()).map((summary) => /^\d+\.\d+(?= )/.exec(summary)?.[0] ?? summary);
    const inOrder = numbers.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    expect(numbers).toEqual(inOrder);
    expect(numbers.slice(0, 5)).toEqual(['1.1', '2.1', '2.2', '2.3', '2.4']);
    expect(page.troubles).toEqual([]);
  });

  it('has an account of its own at each load, the same to register and to sign in with', async () => {
    const first = await SwaggerPage.open(browser, server.url);
    const registered = await first.filledIn('POST', '/v1/auth/register');
    const signedIn = await first.filledIn('POST', '/v1/auth/login');
    expect(signedIn).toEqual({ identifier: registered['username'], password: registered['password'] });

    const second = await SwaggerPage.open(browser, server.url);
    expect(await second.filledIn('POST', '/v1/auth/register')).not.toMatchObject({ username: registered['username'] });
  });

  it('lets a client of the command ask about the token that it filled in', async () => {
    const made = execFileSync(
      process.execPath,
      [join(__dirname, '../../dist/cli/clients.js'), 'create', '--name', 'page', '--audience', 'countersign'],
      { cwd: server.folder, env: { PATH: process.env['PATH'], DATA_DIR: 'data' }, encoding: 'utf8' },
    );
    const [, id = '', secret = ''] = /^client_id +(\S+)\nclient_secret +(\S+)\n/.exec(made) ?? [];
    const page = await SwaggerPage.open(browser, server.url);
    await page.orPicture('swagger-ui-introspection', async () => {
      await page.execute('POST', '/v1/auth/register', 201);
      const { body } = await page.execute('POST', '/v1/auth/login', 200);
      const form = { token: String(body.accessToken) };
      await page.authorizeClient(id, secret);
      const asked = await page.execute('POST', '/oauth/introspect', 200, { form });
      expect(asked).toMatchObject({ status: 200, body: { active: true, acr: 'aal1', token_type: 'Bearer' } });
    });
    expect(page.troubles).toEqual([]);
  }, 120_000);

  it('works under the other name of this machine too', async () => {
    const page = await SwaggerPage.open(browser, server.url.replace('localhost', '127.0.0.1'));
    await page.orPicture('swagger-ui-loopback', async () => {
      expect(await page.execute('GET', '/health/ready', 200)).toMatchObject({ status: 200, body: { status: 'ok' } });
    });
    expect(page.troubles).toEqual([]);
  });
});

async function journey(page: SwaggerPage): Promise<void> {
  const registered = await page.execute('POST', '/v1/auth/register', 201);
  expect(registered).toMatchObject({ status: 201, body: { user: { mfaEnrolled: false } } });
  const first = await page.execute('POST', '/v1/auth/login', 200);
  expect(first).toMatchObject({ status: 200, body: { status: 'authenticated', session: { acr: 'aal1' } } });

  expect(await page.execute('GET', '/v1/payouts', 401)).toMatchObject({
    status: 401,
    body: { code: 'mfa_enrollment_required', required: { acr: 'aal2' } },
  });
  expect(await page.execute('GET', '/v1/payouts/limits', 200)).toMatchObject({ status: 200 });

  const { body: enrolled } = await page.execute('POST', '/v1/mfa/factors', 201);
  expect(enrolled).toMatchObject({ factor: { type: 'totp', status: 'pending' } });
  const id: string = enrolled.factor.id;
  const { secret } = enrolled.enrollment;

  const { answer } = await page.execute('GET', '/v1/mfa/factors/{id}/qr-code', 200, { parameters: { id } });
  const picture = answer.locator('img');
  await picture.waitFor();
  // A picture that could not be loaded, or may not, has no size.
  expect(await picture.evaluate((image: { naturalWidth: number }) => image.naturalWidth)).toBeGreaterThan(100);

  const { body: codes } = await page.execute('POST', '/dev/totp', 200, { body: { secret } });
  const activated = await page.execute('POST', '/v1/mfa/factors/{id}/activate', 200, {
    parameters: { id },
    body: { code: codes.code },
  });
  expect(activated.body).toMatchObject({ factor: { status: 'active' }, auth: { session: { acr: 'aal2' } } });
  expect(activated.body.recoveryCodes).toHaveLength(10);
  expect(await page.execute('GET', '/v1/payouts', 200)).toMatchObject({ status: 200, body: { items: [] } });
  expect(await page.execute('POST', '/v1/auth/logout', 204)).toMatchObject({ status: 204 });

  const second = await page.execute('POST', '/v1/auth/login', 200);
  expect(second.body).toMatchObject({ status: 'mfa_required', factors: [{ type: 'totp', preferred: true }, {}] });
  const { body: challenge } = await page.execute('POST', '/v1/mfa/challenges', 201);
  expect(challenge).toMatchObject({ factorId: id, type: 'totp' });
  // The step of the first code is used up; the one after it is taken already.
  const { body: later } = await page.execute('POST', '/dev/totp', 200, { body: { secret } });
  const verified = await page.execute('POST', '/v1/mfa/challenges/{id}/verify', 200, {
    parameters: { id: challenge.id },
    body: { code: later.nextCode },
  });
  expect(verified.body).toMatchObject({ status: 'authenticated', session: { acr: 'aal2' } });
  expect(await page.execute('GET', '/v1/payouts', 200)).toMatchObject({ status: 200 });

  const refreshed = await page.execute('POST', '/v1/auth/refresh', 200, {
    body: { refreshToken: verified.body.refreshToken },
  });
  expect(refreshed.body).toMatchObject({ status: 'authenticated', session: { acr: 'aal2' } });
  expect(await page.execute('POST', '/v1/auth/logout', 204)).toMatchObject({ status: 204 });
  expect(await page.execute('GET', '/v1/payouts', 401)).toMatchObject({
    status: 401,
    body: { code: 'token_invalid' },
  });
}
