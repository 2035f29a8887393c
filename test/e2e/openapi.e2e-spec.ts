import { randomUUID } from 'node:crypto';
import request, { type Test } from 'supertest';
import { aPrincipal, type HttpMethod, tokenFor } from '../../src/access/testing';
import { ErrorRegistry } from '../../src/platform/errors/error-registry';
import { Authenticator } from '../support/authenticator';
import { OpenApiContract } from '../support/openapi-contract';
import { Passkey } from '../support/passkey';
import { Forgetful } from '../support/password-recovery';
import { Person } from '../support/person';
import { Service } from '../support/service';
import { member } from '../support/staff';
import { startTestApp, type TestApp } from '../support/test-app';

// A team's own routes are the team's own.
jest.mock('../../src/modules', () => ({ modules: [] }));

/* eslint-disable @typescript-eslint/no-explicit-any -- as loose as supertest's bodies */
const PAYOUT = { amount: '12.50', currency: 'EUR', beneficiary: 'Ada Lovelace' };

describe('docs/openapi.json', () => {
  const contract = new OpenApiContract();
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  it('has every route of the server, each with the same statuses', async () => {
    const { body } = await request(app.url).get('/openapi.json').expect(200);
    const statuses = (document: { paths: Record<string, Record<string, { responses: object }>> }) =>
      Object.entries(document.paths)
        .filter(([path]) => !path.startsWith('/dev/')) // production does not have them, and the document neither
        .flatMap(([path, item]) =>
          Object.entries(item).map(([method, { responses }]) => `${method} ${path} ${Object.keys(responses).join()}`),
        )
        .toSorted();
    expect(statuses(contract.document)).toEqual(statuses(body));
  });

  it('is served the same each time, whatever examples the page shows', async () => {
    const [first, second] = await Promise.all([1, 2].map(() => request(app.url).get('/openapi.json').expect(200)));
    expect(second?.text).toBe(first?.text);
  });

  it('names only codes of the catalogue, under the status they have', () => {
    const registry = app.nest.get(ErrorRegistry);
    for (const operation of contract.operations) {
      for (const { code, status } of contract.codesOf(operation)) {
        expect({ operation, code, status: registry.find(code)?.status }).toEqual({ operation, code, status });
      }
    }
  });

  it('says that request bodies take no unknown field', () => {
    const bodies = Object.values<Record<string, any>>(contract.document.paths)
      .flatMap((item) => Object.values(item))
      .flatMap(({ requestBody }) => requestBody?.content['application/json']?.schema.$ref ?? [])
      .map((reference: string) => reference.split('/').at(-1)!);
    expect(bodies.length).toBeGreaterThan(10);
    for (const name of bodies) {
      const { additionalProperties } = contract.document.components.schemas[name];
      expect({ name, additionalProperties }).toEqual({ name, additionalProperties: false });
    }
  });

  it('says how else than by a token of a person a route is called', () => {
    const { components, paths } = contract.document;
    expect(components.securitySchemes).toMatchObject({
      metrics: { type: 'http', scheme: 'bearer' },
      client: { type: 'http', scheme: 'basic' },
      refreshCookie: { type: 'apiKey', in: 'cookie', name: '__Host-csr' },
    });
    expect(paths['/metrics'].get.security).toEqual([{ metrics: [] }]);
    expect(paths['/metrics'].get.description).toContain('**Token:** `METRICS_TOKEN`');
    expect(paths['/oauth/introspect'].post.security).toEqual([{ client: [] }]);
    expect(paths['/oauth/introspect'].post.responses['401'].headers).toHaveProperty('WWW-Authenticate');
    const logout = paths['/v1/auth/logout'].post;
    const anyOf = (security: object[]) => security.flatMap((each) => Object.keys(each)).toSorted();
    expect(anyOf(logout.security)).toEqual(['bearer', 'refreshCookie']);
    expect(logout.security).toContainEqual({});
    expect(paths['/v1/auth/refresh'].post.security).toEqual([{}, { refreshCookie: [] }]);
    expect(paths['/v1/auth/refresh'].post.description).toContain('**Token:** none. **Cookie:**');
  });

  it('names the answers that bring a cookie or take it away', () => {
    const withCookie = contract.operations.filter((operation) => {
      const [method = '', path = ''] = operation.split(' ');
      const { responses } = contract.document.paths[path][method.toLowerCase()];
      return Object.values<Record<string, any>>(responses).some(({ headers }) => headers?.['Set-Cookie'] !== undefined);
    });
    expect(withCookie.toSorted()).toEqual([
      'POST /v1/auth/login',
      'POST /v1/auth/logout',
      'POST /v1/auth/passkey/login',
      'POST /v1/auth/reauthenticate',
      'POST /v1/auth/refresh',
      'POST /v1/mfa/challenges/{id}/verify',
      'POST /v1/mfa/factors/{id}/activate',
    ]);
  });

  it('describes every answer of the journey, with the fields it has and no others', async () => {
    const { username, password } = { username: 'ada', password: 'a loom that weaves algebra' };
    const email = 'ada@example.com';
    const ada = new Caller(app, contract);
    await ada.asks('post', '/v1/auth/register', 201, { username, password, email });
    await ada.asks('post', '/v1/auth/login', 200, { identifier: username, password });
    await ada.asks('get', '/v1/users/me', 200);
    await ada.asks('patch', '/v1/users/me', 200, { displayName: 'Ada', locale: null });
    await ada.asks('post', '/v1/users/me/email/verification', 202);
    const { body: mail } = await request(app.url).get('/dev/outbox').query({ to: email }).expect(200);
    await ada.asks('post', '/v1/users/me/email/verify', 200, { token: mail.items[0].data.token });
    await ada.asks('put', '/v1/users/me/email', 202, { email: 'ada@new.example' });
    const number = '+4915112345678';
    await ada.asks('put', '/v1/users/me/phone', 202, { phone: number });
    await ada.asks('post', '/v1/users/me/phone/verification', 202);
    const { body: texts } = await request(app.url).get('/dev/outbox').query({ to: number }).expect(200);
    await ada.asks('post', '/v1/users/me/phone/verify', 200, { code: texts.items[0].data.code });
    await ada.asks('post', '/v1/auth/reauthenticate', 200, { password });

    const { factor, enrollment } = await ada.asks('post', '/v1/mfa/factors', 201, { type: 'totp' });
    contract.checkSchema('TotpEnrollment', enrollment);
    const phone = new Authenticator(enrollment.secret, app.clock);
    await ada.asks('get', `/v1/mfa/factors/${factor.id}/qr-code`, 200);
    await ada.asks('post', `/v1/mfa/factors/${factor.id}/activate`, 200, { code: phone.code() });
    const byEmail = await ada.asks('post', '/v1/mfa/factors', 201, { type: 'email' });
    contract.checkSchema('SentCode', byEmail.enrollment);
    const { body: sent } = await request(app.url).get('/dev/outbox').query({ to: email }).expect(200);
    await ada.asks('post', `/v1/mfa/factors/${byEmail.factor.id}/activate`, 200, { code: sent.items[0].data.code });
    await ada.asks('post', '/v1/mfa/challenges', 201, { factorId: byEmail.factor.id });
    await ada.asks('get', '/v1/mfa/factors', 200);
    await ada.asks('patch', `/v1/mfa/factors/${factor.id}`, 200, { name: 'Phone' });
    await ada.asks('get', '/v1/mfa/recovery-codes', 200);
    await ada.asks('post', '/v1/mfa/recovery-codes', 201);
    const passkey = new Passkey();
    const begun = await ada.asks('post', '/v1/mfa/factors', 201, { type: 'webauthn' });
    contract.checkSchema('WebauthnEnrollment', begun.enrollment);
    const credential = passkey.create(begun.enrollment.publicKey);
    await ada.asks('post', `/v1/mfa/factors/${begun.factor.id}/activate`, 200, { credential });
    const asked = await ada.asks('post', '/v1/mfa/challenges', 201, { factorId: begun.factor.id });
    const answer = { credential: passkey.get(asked.publicKey) };
    await ada.asks('post', `/v1/mfa/challenges/${asked.id}/verify`, 200, answer);

    await ada.asks('get', '/v1/payouts/limits', 200);
    const payout = await ada.asks('post', '/v1/payouts', 201, PAYOUT);
    await ada.asks('get', '/v1/payouts', 200);
    const approver = aPrincipal({ permissions: ['payouts:approve'], claims: { tenant: 'default' } });
    contract.check(await app.as(approver).post(`/v1/payouts/${payout.id}/approve`).expect(200));
    await ada.asks('delete', '/v1/sessions', 204);
    const { items } = await ada.asks('get', '/v1/sessions?limit=1', 200);
    await ada.asks('delete', `/v1/sessions/${items[0].id}`, 204);
    await ada.asks('post', '/v1/auth/logout', 204);

    app.clock.advance(30);
    await ada.asks('post', '/v1/auth/login', 200, { identifier: username, password });
    const challenge = await ada.asks('post', '/v1/mfa/challenges', 201);
    await ada.asks('post', `/v1/mfa/challenges/${challenge.id}/verify`, 200, { code: phone.code() });
    await ada.asks('post', '/v1/auth/refresh', 200, { refreshToken: ada.refreshToken });
    await ada.asks('delete', `/v1/mfa/factors/${factor.id}`, 204);
    const { challengeId, publicKey } = await ada.asks('post', '/v1/auth/passkey/options', 200);
    await ada.asks('post', '/v1/auth/passkey/login', 200, { challengeId, credential: passkey.get(publicKey) });
    const newPassword = 'punched cards hold flowers';
    await ada.asks('put', '/v1/users/me/password', 204, { currentPassword: password, newPassword });
    await ada.asks('post', '/v1/auth/password/forgot', 202, { identifier: username });
    const somebody = new Forgetful(app);
    somebody.beside(1);
    const [link] = await somebody.links(email);
    await ada.asks('post', '/v1/auth/password/reset', 204, { token: link!.data.token, newPassword });
    for (const path of ['/.well-known/jwks.json', '/health/live', '/health/ready', '/metrics'])
      await ada.asks('get', path, 200);
    const keeper = aPrincipal({ permissions: ['keys:read', 'keys:write'] });
    contract.check(await app.as(keeper).get('/v1/admin/signing-keys').expect(200));
    contract.check(await app.as(keeper).post('/v1/admin/signing-keys/rotate').expect(200));
    await administer(app, contract);
    await ada.asks('get', '/.well-known/oauth-authorization-server', 200);
    const service = await Service.registered(app);
    const live = contract.check(await service.introspect(tokenFor(app.nest, aPrincipal())).expect(200));
    expect(live.body.active).toBe(true);
    contract.check(await service.introspect('nonsense').expect(200));
    expect(contract.unseen).toEqual([]);
  });

  it('describes refusals', async () => {
    const nobody = new Caller(app, contract);
    const password = 'a loom that weaves algebra';
    const login = '/v1/auth/login';
    expect(await nobody.refusal('post', login, { identifier: 'nobody', password })).toBe('invalid_credentials');
    expect(await nobody.refusal('post', login, { identifier: 'nobody', password, admin: true })).toBe(
      'validation_failed',
    );
    expect(await nobody.refusal('post', '/v1/auth/register', { username: 'eve', password: 'password' })).toBe(
      'password_rejected',
    );
    expect(await nobody.refusal('post', '/v1/auth/refresh', { refreshToken: 'csr_no' })).toBe('invalid_refresh_token');
    expect(await nobody.refusal('get', '/v1/users/me')).toBe('token_missing');
    const send = (type: string, body: string) => request(app.url).post(login).set('content-type', type).send(body);
    expect(contract.check(await send('application/json', '{')).body.code).toBe('malformed_json');
    expect(contract.check(await send('text/plain', 'hello')).body.code).toBe('unsupported_media_type');
    expect(contract.check(await send('application/json', `"${'x'.repeat(65_536)}"`)).body.code).toBe(
      'payload_too_large',
    );

    const eve = await Person.signedIn(app);
    const caller = new Caller(app, contract, eve.accessToken);
    const { username } = eve;
    expect(await caller.refusal('post', '/v1/auth/register', { username, password })).toBe('username_taken');
    expect(await caller.refusal('get', '/v1/payouts')).toBe('mfa_enrollment_required');
    expect(await caller.refusal('get', '/v1/payouts?limit=0')).toBe('mfa_enrollment_required');
    expect(await caller.refusal('post', '/v1/mfa/challenges')).toBe('mfa_enrollment_required');
    expect(await caller.refusal('post', '/v1/mfa/factors', { type: 'carrier_pigeon' })).toBe('validation_failed');
    expect(await caller.refusal('get', '/v1/mfa/factors/none/qr-code')).toBe('not_found');
    expect(await caller.refusal('delete', `/v1/mfa/factors/${randomUUID()}`)).toBe('mfa_enrollment_required');
    await eve.enroll();
    const activate = `/v1/mfa/factors/${eve.factorId}/activate`;
    expect(await caller.refusal('post', activate, { code: eve.authenticator.wrongCode() })).toBe('invalid_code');
    await eve.activate();

    const verified = new Caller(app, contract, eve.accessToken);
    const challenge = await verified.asks('post', '/v1/mfa/challenges', 201);
    const verify = `/v1/mfa/challenges/${challenge.id}/verify`;
    expect(await verified.refusal('post', verify, { code: eve.authenticator.wrongCode() })).toBe('invalid_code');
    expect(await verified.refusal('post', verify, { code: '1' })).toBe('validation_failed');
    const unknown = `/v1/mfa/challenges/${randomUUID()}/verify`;
    expect(await verified.refusal('post', unknown, { code: '123456' })).toBe('challenge_expired');
    const over = { ...PAYOUT, amount: '10000.01' };
    expect(await verified.refusal('post', '/v1/payouts', over)).toBe('payout_over_limit');
    expect(await verified.refusal('get', '/v1/payouts?limit=0')).toBe('validation_failed');
    expect(await verified.refusal('post', `/v1/payouts/${randomUUID()}/approve`)).toBe('forbidden');
    const halfWay = app.as(aPrincipal({ acr: 'aal1' }));
    expect(contract.check(await halfWay.post('/v1/payouts').send(PAYOUT)).body.code).toBe('mfa_required');
    const late = app.as(aPrincipal({ mfaAgo: 301 }));
    expect(contract.check(await late.post('/v1/payouts').send(PAYOUT)).body.code).toBe('mfa_stale');
    await verified.asks('post', '/v1/auth/logout', 204);
    expect(await verified.refusal('get', '/v1/users/me')).toBe('token_invalid');
  });
});

/** What an administrator does, from making an account to its end. */
async function administer(app: TestApp, contract: OpenApiContract): Promise<void> {
  const admin = new Caller(app, contract, (await member(app, 'admin')).accessToken);
  const email = 'grace@example.com';
  const { id } = await admin.asks('post', '/v1/admin/users', 201, { username: 'grace.hopper', email });
  const path = `/v1/admin/users/${id}`;
  await admin.asks('get', '/v1/admin/users?search=grace&limit=1', 200);
  await admin.asks('get', path, 200);
  await admin.asks('get', '/v1/admin/roles', 200);
  await admin.asks('put', '/v1/admin/roles/clerk', 200, { permissions: ['users:read'] });
  await admin.asks('patch', path, 200, { roles: ['user', 'clerk'] });
  await admin.asks('delete', '/v1/admin/roles/clerk', 204);
  for (const act of ['sessions/revoke', 'mfa/reset', 'password/reset', 'unlock']) {
    await admin.asks('post', `${path}/${act}`, 204);
  }
  expect(await admin.refusal('patch', path, { roles: ['auditor'] })).toBe('mfa_not_enrolled');
  expect(await admin.refusal('delete', '/v1/users/me')).toBe('last_administrator');
  expect(await admin.refusal('put', '/v1/admin/roles/admin', { permissions: [] })).toBe('forbidden');
  expect(await admin.refusal('delete', '/v1/admin/roles/none')).toBe('not_found');
  await admin.asks('delete', path, 204);
  await admin.asks('get', '/v1/admin/audit-events?type=account.deleted', 200);
  const leaver = await Person.signedIn(app);
  const own = new Caller(app, contract, leaver.accessToken);
  await own.asks('get', '/v1/users/me/events', 200);
  await own.asks('delete', '/v1/users/me', 204);
}

/** Asks, holds each answer against the document, and goes on with the tokens in it. */
class Caller {
  refreshToken = '';

  constructor(
    private readonly app: TestApp,
    private readonly contract: OpenApiContract,
    private token = '',
  ) {}

  async asks(method: HttpMethod, path: string, status: number, body?: object): Promise<any> {
    const response = this.contract.check(await this.send(method, path, body));
    expect({ path, status: response.status }).toEqual({ path, status });
    const tokens = response.body.auth ?? response.body;
    this.token = tokens.accessToken ?? tokens.mfaToken ?? this.token;
    this.refreshToken = tokens.refreshToken ?? this.refreshToken;
    return response.body;
  }

  /** @returns the code */
  async refusal(method: HttpMethod, path: string, body?: object): Promise<string> {
    return this.contract.check(await this.send(method, path, body)).body.code as string;
  }

  private send(method: HttpMethod, path: string, body?: object): Test {
    const test = request(this.app.url)[method](path);
    if (this.token !== '') test.set('authorization', `Bearer ${this.token}`);
    return body === undefined ? test : test.send(body);
  }
}
