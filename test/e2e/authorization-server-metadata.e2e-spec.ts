import { Injectable, Module } from '@nestjs/common';
import * as oauth from 'oauth4webapi';
import { performance } from 'node:perf_hooks';
import request from 'supertest';
import { MfaFactor, WRONG } from '../../src/mfa/factors/mfa-factor';
import { SigningKeyRing } from '../../src/tokens/signing-keys/signing-key-ring';
import { SigningKeySchedule } from '../../src/tokens/signing-keys/signing-key-schedule';
import { SigningKeyStore } from '../../src/tokens/signing-keys/signing-key.store';
import { startTestApp, type TestApp } from '../support/test-app';

const WELL_KNOWN = '/.well-known/oauth-authorization-server';

jest.setTimeout(60_000); // RSA keys take their time on a busy machine

describe(`GET ${WELL_KNOWN}`, () => {
  let app: TestApp;

  afterEach(() => app.close());

  it('says what is true, and holds no empty list', async () => {
    app = await startTestApp({ env: { ISSUER: 'https://id.example.com' } });
    const { body, headers } = await request(app.url).get(WELL_KNOWN).expect(200);
    expect(body).toEqual({
      issuer: 'https://id.example.com',
      jwks_uri: 'https://id.example.com/.well-known/jwks.json',
      introspection_endpoint: 'https://id.example.com/oauth/introspect',
      introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
      acr_values_supported: ['aal1', 'aal2', 'phr'],
    });
    expect(headers['cache-control']).toBe('public, max-age=300');
    expect(headers['content-type']).toMatch(/^application\/json/);
    // What it names is there, and knows what it is asked.
    await request(app.url).get(new URL(body.jwks_uri).pathname).expect(200);
    await request(app.url).post(new URL(body.introspection_endpoint).pathname).expect(401);
    // Without a path, there is one address.
    for (const path of [`${WELL_KNOWN}/`, `${WELL_KNOWN}/auth`]) await request(app.url).get(path).expect(404);

    const response = new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } });
    expect(await oauth.processDiscoveryResponse(new URL('https://id.example.com'), response)).toEqual(body);
  });

  it('is there while the keys cannot be read, and says so by readiness alone', async () => {
    app = await startTestApp();
    const ring = app.nest.get(SigningKeyRing, { strict: false });
    const before = (await request(app.url).get(WELL_KNOWN).expect(200)).body;
    jest.spyOn(app.nest.get(SigningKeyStore, { strict: false }), 'list').mockRejectedValue(new Error('away'));
    await expect(ring.read()).rejects.toThrow('away'); // so that none under way succeeds later
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 31_000);
    expect(() => ring.active).toThrow(expect.objectContaining({ code: 'unavailable' }));
    expect((await request(app.url).get(WELL_KNOWN).expect(200)).body).toEqual(before);
    expect(before).toHaveProperty('jwks_uri');
    await request(app.url).get('/health/ready').expect(503);
    jest.restoreAllMocks();
    await app.nest.get(SigningKeySchedule, { strict: false }).tick();
    await ring.read();
    await request(app.url).get('/health/ready').expect(200);
  });

  it.each([
    ['HS256', false],
    ['RS256', true],
  ])('names the key set by whether it has a key: %s', async (SIGNING_ALGORITHM, hasKeySet) => {
    app = await startTestApp({ env: { SIGNING_ALGORITHM } });
    const { body } = await request(app.url).get(WELL_KNOWN).expect(200);
    expect('jwks_uri' in body).toBe(hasKeySet);
  });

  it('is where RFC 8414 §3.1 puts it for an issuer with a path, so that an independent client finds it', async () => {
    const issuer = new URL('https://example.com/auth/v2');
    app = await startTestApp({ env: { ISSUER: issuer.href, MFA_FACTORS: 'totp' } });
    const asked: string[] = [];
    const response = await oauth.discoveryRequest(issuer, {
      algorithm: 'oauth2',
      // What a proxy does: another host, the same path.
      [oauth.customFetch]: (url, { method, headers }) => {
        asked.push(new URL(url).pathname);
        return fetch(new URL(new URL(url).pathname, app.url), { method, headers });
      },
    });
    expect(asked).toEqual([`${WELL_KNOWN}/auth/v2`]);
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    const metadata = await oauth.processDiscoveryResponse(issuer, response);
    expect(metadata).toMatchObject({
      issuer: 'https://example.com/auth/v2',
      introspection_endpoint: 'https://example.com/auth/v2/oauth/introspect',
      acr_values_supported: ['aal1', 'aal2'],
    });
    expect((await request(app.url).get(WELL_KNOWN).expect(200)).body).toEqual(metadata);
    for (const path of ['/auth', '/auth/v2/', '/auth/v3', '/AUTH/v2', '/auth%2Fv2']) {
      await request(app.url)
        .get(WELL_KNOWN + path)
        .expect(404);
    }
  });

  it.each([
    ['totp,recovery_code', ['aal1', 'aal2']],
    ['totp,security_key', ['aal1', 'aal2', 'phr']],
    ['security_key', ['aal1', 'phr']],
  ])('names the strengths that the factors in use reach: %s', async (factors, expected) => {
    app = await startTestApp({ imports: [SecurityKeyModule], env: { MFA_FACTORS: factors } });
    const { body } = await request(app.url).get(WELL_KNOWN).expect(200);
    expect(body.acr_values_supported).toEqual(expected);
  });
});

/** A kind of factor that a team plugs in, and that nobody uses here. */
@Injectable()
class SecurityKey extends MfaFactor {
  override readonly type = 'security_key';
  override readonly acr = 'phr';
  override readonly amr = ['hwk'];
  override readonly defaultName = 'Security key';
  override enroll = () => Promise.resolve({ enrollment: {} });
  override activate = () => Promise.resolve(WRONG);
  override challenge = () => Promise.resolve({});
  override verify = () => Promise.resolve(WRONG);
}

@Module({ providers: [SecurityKey] })
class SecurityKeyModule {}
