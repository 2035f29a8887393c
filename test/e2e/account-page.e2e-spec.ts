import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import request from 'supertest';
import { startTestApp, type TestApp } from '../support/test-app';

const BUILT = join(__dirname, '../../dist/page/assets');
const SCRIPT_BUDGET = 60_000;

/** How it is served; what it does is in test/browser. */
describe('The account page', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { APP_NAME: 'Ada & Co', REGISTRATION: 'closed', MFA_FACTORS: 'totp' } });
  });
  afterAll(() => app.close());

  const get = (path: string) => request(app.url).get(path);
  const addressesIn = (html: string) => [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);

  it.each(['/account', '/account/'])(
    'is at %s, under a policy without inline code, and kept by nobody',
    async (path) => {
      const { status, headers, text } = await get(path);
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
      });
      const policy = Object.fromEntries(
        headers['content-security-policy']!.split('; ').map((each) => each.split(/ (.*)/).slice(0, 2)),
      );
      expect(policy).toEqual({
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self'",
        'img-src': "'self' data:",
        'connect-src': "'self'",
        'frame-ancestors': "'none'",
        'object-src': "'none'",
        'base-uri': "'none'",
        'form-action': "'self'",
        'require-trusted-types-for': "'script'",
        'trusted-types': "'none'",
      });
      expect(text).not.toMatch(/<style|<script(?![^>]* src=)| on\w+=| style=/);
    },
  );

  it('knows what it is called and what it may offer', async () => {
    const { text } = await get('/account');
    expect(text).toContain('<title>Ada &amp; Co</title>');
    expect(text).toContain('&quot;registration&quot;:false,&quot;passkeys&quot;:false');
  });

  it('loads files that change their names with what is in them, and so may be kept for ever', async () => {
    const addresses = addressesIn((await get('/account')).text);
    expect(addresses.map((address) => address.replace(/.*\./, '')).sort()).toEqual(['css', 'js', 'svg']);
    const types = ['text/javascript; charset=utf-8', 'text/css; charset=utf-8', 'image/svg+xml'];
    for (const address of addresses) {
      const { status, headers } = await get(address);
      expect(status).toBe(200);
      expect(address).toMatch(/^\/account\/assets\/[\w-]+-[\w-]{8}\.\w+$/);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(types).toContain(headers['content-type']);
    }
  });

  it('answers HEAD like GET, without a body', async () => {
    for (const path of ['/account', '/account/', ...addressesIn((await get('/account')).text)]) {
      const [whole, head] = [await get(path).buffer(), await request(app.url).head(path)];
      expect(head.status).toBe(200);
      expect(head.headers['content-length']).toBe(whole.headers['content-length']);
      expect(head.text).toBeUndefined();
    }
  });

  it.each([
    '/account/assets/none.js',
    '/account/assets/',
    '/account/assets/..%2Findex.html',
    '/account/assets/%2e%2e%2f%2e%2e%2fmain.js',
    '/account/index.html',
    '/account/other',
    '/accounts',
  ])('knows no %s, and lets nobody keep that', async (path) => {
    const { status, body, headers } = await get(path);
    expect([status, body.code]).toEqual([404, 'not_found']);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; frame-ancestors 'none'/);
  });

  it('takes nothing but GET and HEAD', async () => {
    const { status, headers } = await request(app.url).post('/account').send({});
    expect(status).toBe(405);
    expect(headers['allow']).toBe('GET, HEAD');
  });

  it(`has less than ${SCRIPT_BUDGET / 1000} kB of script, compressed`, () => {
    const scripts = readdirSync(BUILT).filter((name) => name.endsWith('.js'));
    const sizes = scripts.map((name) => gzipSync(readFileSync(join(BUILT, name))).length);
    expect(sizes.length).toBeGreaterThan(0);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(SCRIPT_BUDGET);
  });

  it('is not there when the setting says so', async () => {
    const without = await startTestApp({ env: { ACCOUNT_PAGE: 'off' } });
    try {
      for (const path of ['/account', '/account/', ...addressesIn((await get('/account')).text)]) {
        expect((await request(without.url).get(path)).status).toBe(404);
      }
    } finally {
      await without.close();
    }
  });
});
