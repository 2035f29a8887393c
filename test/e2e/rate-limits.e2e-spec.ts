import request, { type Test } from 'supertest';
import { readSettings } from '../../src/platform/config/settings.module';
import { Person } from '../support/person';
import { basic, Service } from '../support/service';
import { startTestApp, type TestApp } from '../support/test-app';

const LIMITS = {
  RATE_LIMITS: 'on',
  RATE_LIMIT_CREDENTIALS: '3/60',
  RATE_LIMIT_REGISTRATION: '50/60',
  RATE_LIMIT_REFRESH: '2/60',
  RATE_LIMIT_CLIENT_SECRETS: '3/60',
};
const SOMEBODY = { identifier: 'nobody', password: 'not the one' };

describe('Limits by client address', () => {
  let app: TestApp;
  let addresses = 0;

  beforeAll(async () => {
    app = await startTestApp({ env: { ...LIMITS, TRUST_PROXY: '1' } });
  });
  afterAll(() => app.close());

  /** An address that no other test has asked from. */
  const newAddress = () => `192.0.2.${++addresses}`;
  const from = (address: string, test: Test) => test.set('x-forwarded-for', address);
  const login = (address: string, url = app.url) => from(address, request(url).post('/v1/auth/login').send(SOMEBODY));

  it('refuses what is over the limit, and says when to come again', async () => {
    const address = newAddress();
    for (const remaining of [2, 1, 0]) {
      const { headers } = await login(address).expect(401);
      expect(headers['ratelimit-policy']).toBe('"credentials";q=3;w=60');
      expect(headers['ratelimit']).toMatch(new RegExp(`^"credentials";r=${remaining};t=(60|5\\d)$`));
      expect(headers['retry-after']).toBeUndefined();
    }
    const { body, headers } = await login(address)
      .expect(429)
      .expect('content-type', /application\/problem\+json/);
    expect(body).toMatchObject({ code: 'rate_limited', status: 429, retryAfter: Number(headers['retry-after']) });
    expect(Number(headers['retry-after'])).toBeGreaterThan(50);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(headers['ratelimit']).toMatch(/^"credentials";r=0;t=\d+$/);
  });

  it('leaves other addresses and other groups alone', async () => {
    const address = newAddress();
    for (let i = 0; i < 4; i++) await login(address);
    await login(address).expect(429);
    await login(newAddress()).expect(401);
    await from(address, request(app.url).post('/v1/auth/refresh').send({ refreshToken: 'csr_x' })).expect(401);
  });

  it('counts the routes of a group together, before any token is looked at', async () => {
    const address = newAddress();
    for (let i = 0; i < 3; i++) {
      const reauthentication = request(app.url).post('/v1/auth/reauthenticate').send({ password: 'x' });
      await from(address, reauthentication.set('authorization', 'Bearer forged')).expect(401);
    }
    await login(address).expect(429);
  });

  it('says nothing of limits, and has none, on a route of no group', async () => {
    const address = newAddress();
    for (let i = 0; i < 5; i++) {
      const { headers } = await from(address, request(app.url).get('/health/live')).expect(200);
      expect(headers['ratelimit']).toBeUndefined();
      expect(headers['ratelimit-policy']).toBeUndefined();
    }
  });

  it('counts an IPv6 network of 64 bits as one client', async () => {
    for (const host of [':1', ':2', 'ffff::3']) await login(`2001:db8:0:1:${host}`).expect(401);
    await login('2001:db8:0:1:abcd:ef01:2345:6789').expect(429);
    await login('2001:db8:0:2::1').expect(401);
  });

  it('counts the refusals for whoever operates the service', async () => {
    const { text } = await request(app.url).get('/metrics').expect(200);
    expect(text).toMatch(/countersign_rate_limit_refusals_total\{group="credentials"\} [1-9]/);
  });

  describe('of wrong client secrets', () => {
    const ask = (address: string, service: Service, secret = service.secret) =>
      from(address, service.ask('token=x', basic(service.id, secret)));

    it('refuses the address after too many, the right one included', async () => {
      const service = await Service.registered(app);
      const address = newAddress();
      for (let i = 0; i < 3; i++) await ask(address, service, `csc_guess-${i}`).expect(401);
      const { body, headers } = await ask(address, service).expect(429);
      expect(body).toMatchObject({ code: 'rate_limited' });
      expect(headers['retry-after']).toBe('60');
      await ask(newAddress(), service).expect(200);
    });

    it('does not count right ones', async () => {
      const service = await Service.registered(app);
      const address = newAddress();
      for (let i = 0; i < 10; i++) await ask(address, service).expect(200);
    });

    it('tells no more than the limit of many at once', async () => {
      const service = await Service.registered(app);
      const address = newAddress();
      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => ask(address, service, `csc_guess-${i}`)));
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(3);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(17);
    });
  });

  it('believes no X-Forwarded-For without TRUST_PROXY', async () => {
    const direct = await startTestApp({ env: LIMITS });
    try {
      for (let i = 0; i < 3; i++) await login(newAddress(), direct.url).expect(401);
      await login(newAddress(), direct.url).expect(429);
    } finally {
      await direct.close();
    }
  });

  it('has none where RATE_LIMITS is off', async () => {
    const open = await startTestApp({ env: { ...LIMITS, RATE_LIMITS: 'off' } });
    try {
      const ada = await Person.registered(open);
      for (let i = 0; i < 8; i++) {
        const { headers } = await ada.login();
        expect(headers['ratelimit']).toBeUndefined();
      }
    } finally {
      await open.close();
    }
  });

  it('cannot be switched off in production', () => {
    const production = { NODE_ENV: 'production', RATE_LIMITS: 'off' };
    expect(() => readSettings(production)).toThrow(/RATE_LIMITS: production takes `on` only/);
  });

  it.each(['0/60', '60', '60/0', '-1/60', '60 per minute'])('does not start with a limit of %s', (limit) => {
    expect(() => readSettings({ NODE_ENV: 'test', RATE_LIMIT_CREDENTIALS: limit })).toThrow(/RATE_LIMIT_CREDENTIALS/);
  });
});
