import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import request from 'supertest';
import { aPrincipal } from '../../src/access/testing';
import { RevocationLog } from '../../src/tokens/revocation/revocation-log';
import { RevocationPoller } from '../../src/tokens/revocation/revocation-poller';
import { Accounts } from '../../src/users/accounts/accounts.store';
import { readJws } from '../support/jws';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(60_000);

const DAY = 86_400;
const TOKEN = 'a-token-of-thirty-two-characters';

describe('GET /metrics', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off', ACCESS_TOKEN_TTL: '3000' } });
  });
  afterAll(() => app.close());

  /** Every series of the service that counts events and no time, as `name{labels}` and its number. */
  async function series(): Promise<Map<string, number>> {
    const { text } = await request(app.url).get('/metrics').expect(200);
    const lines = text.split('\n').filter((line) => /^countersign_[a-z_]*_total\b/.test(line));
    return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
  }

  /** What has grown, and by how much. */
  async function counted(act: () => Promise<unknown>): Promise<Record<string, number>> {
    const before = await series();
    await act();
    const grown = [...(await series())].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const);
    return Object.fromEntries(grown.filter(([, difference]) => difference > 0));
  }

  it('answers the text format of Prometheus, with the state of the process', async () => {
    const { headers, text } = await request(app.url).get('/metrics').expect(200);
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(headers['cache-control']).toBe('no-store');
    expect(text).toMatch(/^process_resident_memory_bytes \d/m);
    expect(text).toMatch(/^# TYPE countersign_refreshes_total counter$/m);
  });

  it('counts sign-ins by entry and outcome, and tokens by what they say', async () => {
    const ada = await Person.registered(app);
    const wrong = () => ada.post('/v1/auth/login', { identifier: ada.username, password: 'wrong' }).expect(401);
    expect(await counted(wrong)).toEqual({
      'countersign_password_attempts_total{outcome="wrong"}': 1,
      'countersign_sign_ins_total{entry="sign_in",status="refused"}': 1,
    });
    expect(await counted(() => ada.login())).toEqual({
      'countersign_password_attempts_total{outcome="right"}': 1,
      'countersign_sign_ins_total{entry="sign_in",status="authenticated"}': 1,
      'countersign_tokens_minted_total{acr="aal1",factor="none",alg="es256"}': 1,
    });
    const enrolling = async () => {
      await ada.enroll();
      await ada.activate();
      app.clock.advance(30);
    };
    expect(await counted(enrolling)).toEqual({
      'countersign_second_factor_verifications_total{type="totp",outcome="right"}': 1,
      'countersign_sign_ins_total{entry="step_up",status="authenticated"}': 1,
      'countersign_tokens_minted_total{acr="aal2",factor="otp",alg="es256"}': 1,
    });
    expect(await counted(() => ada.reauthenticate().expect(200))).toEqual({
      'countersign_password_attempts_total{outcome="right"}': 1,
      'countersign_sign_ins_total{entry="reauthentication",status="mfa_required"}': 1,
    });
    expect(
      await counted(async () => {
        ada.take((await ada.refresh().expect(200)).body);
      }),
    ).toEqual({
      'countersign_refreshes_total{outcome="rotated"}': 1,
      'countersign_sign_ins_total{entry="refresh",status="authenticated"}': 1,
      'countersign_tokens_minted_total{acr="aal2",factor="otp",alg="es256"}': 1,
    });
    const guess = async () => {
      const challenge = await ada.challenge(ada.accessToken);
      await ada.verify(challenge, ada.authenticator.wrongCode(), ada.accessToken).expect(400);
    };
    expect(await counted(guess)).toEqual({
      'countersign_challenges_total{type="totp",outcome="begun"}': 1,
      'countersign_second_factor_verifications_total{type="totp",outcome="wrong"}': 1,
    });
  });

  it('counts refusals of guards by code, and nothing where a guard lets pass', async () => {
    expect(await counted(() => app.as().get('/v1/payouts').expect(401))).toEqual({
      'countersign_guard_refusals_total{code="token_missing"}': 1,
    });
    const stale = () =>
      app
        .as(aPrincipal({ mfaAgo: 301 }))
        .post('/v1/payouts')
        .expect(401);
    expect(await counted(stale)).toEqual({ 'countersign_guard_refusals_total{code="mfa_stale"}': 1 });
    expect(
      await counted(() =>
        app
          .as(aPrincipal({ claims: { tenant: 'default' } }))
          .get('/v1/payouts')
          .expect(200),
      ),
    ).toEqual({});
    expect(await counted(() => app.as().get('/v1/nowhere').expect(404))).toEqual({});
  });

  it('counts and logs why a refresh token was refused, and tells the client nothing of it', async () => {
    const userIdOf = (person: Person) => readJws(person.accessToken).payload['sub'] as string;
    const disable = async (person: Person) => {
      await app.nest.get(DataSource).transaction(async (tx) => {
        const accounts = app.nest.get(Accounts, { strict: false });
        const version = await accounts.changeRights(tx, userIdOf(person), { status: 'disabled' });
        await app.nest.get(RevocationLog, { strict: false }).revokeUser(tx, userIdOf(person), version!);
      });
      await app.nest.get(RevocationPoller, { strict: false }).catchUp();
    };
    const forged = await Person.signedIn(app);
    const revoked = await Person.signedIn(app);
    await revoked.post('/v1/auth/logout', { refreshToken: revoked.refreshToken }).expect(204);
    const reused = await Person.signedIn(app);
    const { refreshToken: first } = reused;
    for (let times = 0; times < 2; times++) reused.take((await reused.refresh().expect(200)).body);
    const superseded = await Person.signedIn(app);
    await superseded.reauthenticate().expect(200);
    const account = await Person.signedIn(app);
    await disable(account);
    const expired = await Person.signedIn(app);

    const last = forged.refreshToken.at(-1) === 'A' ? 'B' : 'A';
    const tokens: [string, string][] = [
      ['forged', forged.refreshToken.slice(0, -5) + last + forged.refreshToken.slice(-4)],
      ['revoked', revoked.refreshToken],
      ['reused', first],
      ['superseded', superseded.refreshToken],
      ['account', account.refreshToken],
      ['expired', expired.refreshToken],
    ];
    const answers = new Set<string>();
    for (const [cause, token] of tokens) {
      if (cause === 'expired') app.clock.advance(7 * DAY);
      let requestId = '';
      const grown = await counted(async () => {
        const { body, headers, text } = await refused(forged.refresh(token), 401, 'invalid_refresh_token');
        requestId = body.requestId as string;
        const shown = Object.entries({ ...headers, date: '' }).sort();
        answers.add(JSON.stringify([text.replace(requestId, ''), shown]));
      });
      expect(grown).toMatchObject({ [`countersign_refreshes_total{outcome="${cause}"}`]: 1 });
      const lines = app.log.filter((line) => line.includes(requestId) && line.includes('invalid_refresh_token'));
      expect({ cause, lines }).toEqual({ cause, lines: [expect.stringContaining(`refresh token ${cause} `)] });
    }
    expect([...answers]).toHaveLength(1);
    for (const [cause] of tokens) expect([...answers][0]).not.toContain(cause);
  });

  it('names nobody: labels have few values, and none from a request', async () => {
    const ada = await Person.signedIn(app);
    await ada.post('/v1/auth/login', { identifier: 'nobody-in-particular', password: 'x' }).expect(401);
    const labels = [...(await series()).keys()].flatMap((name) =>
      [...name.matchAll(/="([^"]*)"/g)].map(([, value]) => value!),
    );
    for (const value of labels) expect(value).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(labels).not.toContain(ada.username);
    expect(new Set(labels).size).toBeLessThan(40);
  });
});

describe('GET /metrics with METRICS_TOKEN', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off', METRICS_TOKEN: TOKEN } });
  });
  afterAll(() => app.close());

  it('answers who has it', async () => {
    const { text } = await request(app.url).get('/metrics').auth(TOKEN, { type: 'bearer' }).expect(200);
    expect(text).toContain('countersign_');
  });

  it('refuses everybody else, the log and the body naming no token', async () => {
    await refused(request(app.url).get('/metrics'), 401, 'token_missing');
    await refused(request(app.url).get('/metrics').auth('metrics', TOKEN), 401, 'token_missing');
    const ada = await Person.signedIn(app);
    for (const token of [`${TOKEN}x`, TOKEN.slice(1), TOKEN.toUpperCase(), ada.accessToken]) {
      const { text } = await refused(
        request(app.url).get('/metrics').auth(token, { type: 'bearer' }),
        401,
        'token_invalid',
      );
      expect(text).not.toContain(token);
    }
    await request(app.url).get(`/metrics?token=${TOKEN}`).expect(401);
    expect(app.log.join('')).not.toContain(TOKEN);
  });
});

describe('GET /metrics in production', () => {
  const production = {
    NODE_ENV: 'production',
    ISSUER: 'https://auth.example.com',
    ENCRYPTION_KEYS: `k:${randomBytes(32).toString('base64')}`,
    ARGON2_MEMORY_KIB: '19456',
    ARGON2_TIME: '2',
  };

  it('is no route without METRICS_TOKEN', async () => {
    const app = await startTestApp({ env: production });
    try {
      await refused(request(app.url).get('/metrics'), 404, 'not_found');
      await refused(request(app.url).get('/metrics').auth(TOKEN, { type: 'bearer' }), 404, 'not_found');
    } finally {
      await app.close();
    }
  });

  it('takes METRICS_TOKEN, and nobody without it', async () => {
    const app = await startTestApp({ env: { ...production, METRICS_TOKEN: TOKEN } });
    try {
      await refused(request(app.url).get('/metrics'), 401, 'token_missing');
      await request(app.url).get('/metrics').auth(TOKEN, { type: 'bearer' }).expect(200);
    } finally {
      await app.close();
    }
  });
});
