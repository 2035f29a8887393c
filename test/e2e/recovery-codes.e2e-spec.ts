import { DataSource } from 'typeorm';
import { RecoveryCodeEntity } from '../../src/mfa/factors/recovery-codes/entities/recovery-code.entity';
import { Authenticator } from '../support/authenticator';
import { type TestDatabase, testDatabase } from '../support/database';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';
import { Told } from '../support/told';

jest.setTimeout(60_000); // many requests a test, on a busy machine

const STEP = 30;

describe('Recovery codes', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off' } });
  });
  afterAll(() => app.close());

  async function factorsOf(person: Person) {
    const { body } = await person.get('/v1/mfa/factors', person.accessToken || person.mfaToken).expect(200);
    return body as { items: { id: string; type: string }[]; available: string[]; warnings: string[] };
  }

  async function recoveryFactorOf(person: Person): Promise<string> {
    return (await factorsOf(person)).items.find(({ type }) => type === 'recovery_code')!.id;
  }

  /** Password, then a recovery code. */
  async function loginWith(person: Person, code: string) {
    await person.login();
    return person.verify(await person.challenge(person.mfaToken, await recoveryFactorOf(person)), code);
  }

  it('come as ten with the first factor, and not with a further one', async () => {
    const ada = await Person.signedIn(app);
    const before = await ada.get('/v1/mfa/recovery-codes', ada.accessToken).expect(200);
    expect(before.body).toEqual({ remaining: 0, generatedAt: null });

    await ada.enroll();
    const first = await ada.activate();
    expect(new Set(first.body.recoveryCodes).size).toBe(10);
    // Sixteen letters of an alphabet of 32: 80 bits.
    for (const code of ada.recoveryCodes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    const after = await ada.get('/v1/mfa/recovery-codes', ada.accessToken).expect(200);
    expect(after.body).toEqual({ remaining: 10, generatedAt: app.clock.now().toISOString() });

    app.clock.advance(STEP);
    await ada.enroll();
    expect((await ada.activate()).body).not.toHaveProperty('recoveryCodes');
    expect((await ada.get('/v1/mfa/recovery-codes', ada.accessToken)).body.remaining).toBe(10);
  });

  it('work once each', async () => {
    const ada = await Person.withApp(app);
    const [code] = ada.recoveryCodes;
    const { status, body } = await loginWith(ada, code!);
    expect({ status, acr: body.session.acr }).toEqual({ status: 200, acr: 'aal2' });
    ada.take(body);
    expect((await ada.get('/v1/mfa/recovery-codes', ada.accessToken)).body.remaining).toBe(9);
    expect(await loginWith(ada, code!)).toMatchObject({ status: 400, body: { code: 'invalid_code' } });
  });

  it('are taken with and without their hyphens, in either case', async () => {
    const ada = await Person.withApp(app);
    const [a, b, c, d] = ada.recoveryCodes as [string, string, string, string];
    for (const typed of [a, b.replaceAll('-', ''), c.toLowerCase(), d.replaceAll('-', '').toLowerCase()]) {
      const { status, body } = await loginWith(ada, typed);
      expect({ status, amr: body.session.amr }).toEqual({ status: 200, amr: ['pwd', 'recovery_code', 'mfa'] });
    }
    expect(await loginWith(ada, d)).toMatchObject({ status: 400, body: { code: 'invalid_code' } });
  });

  it('are no text but their own: not those of somebody else, not a part, not a list', async () => {
    const ada = await Person.withApp(app);
    const bob = await Person.withApp(app);
    await ada.login();
    const path = `/v1/mfa/challenges/${await ada.challenge(ada.mfaToken, await recoveryFactorOf(ada))}/verify`;
    const post = (code: unknown) => ada.post(path, { code }, ada.mfaToken);
    for (const code of [bob.recoveryCodes[0], ada.recoveryCodes[0]!.slice(0, -1), '%', '']) {
      await refused(post(code), 400, 'invalid_code');
    }
    for (const code of [ada.recoveryCodes, 1234, null, { code: ada.recoveryCodes[0] }, 'A'.repeat(129)]) {
      await refused(post(code), 400, 'validation_failed');
    }
    await post(ada.recoveryCodes[0]).expect(200);
  });

  it('are stored as MACs only', async () => {
    const ada = await Person.withApp(app);
    const rows = await app.nest.get(DataSource).getRepository(RecoveryCodeEntity).find();
    const stored = JSON.stringify(rows) + rows.map(({ mac }) => mac.toString('latin1')).join();
    for (const code of ada.recoveryCodes) {
      expect(stored).not.toContain(code);
      expect(stored).not.toContain(code.replaceAll('-', ''));
      expect(app.log.join()).not.toContain(code);
    }
  });

  it('are warned about when three are left, and when none is; the owner is told of each that is used', async () => {
    const told = new Told(app);
    const ada = await Person.withApp(app);
    const warnings: string[][] = [];
    for (const code of ada.recoveryCodes) {
      ada.take((await loginWith(ada, code)).body);
      warnings.push((await factorsOf(ada)).warnings);
    }
    const low = ['recovery_codes_low'];
    expect(warnings).toEqual([[], [], [], [], [], [], low, low, low, ['no_recovery_codes']]);
    expect(await loginWith(ada, ada.recoveryCodes[0]!)).toMatchObject({ status: 400, body: { code: 'invalid_code' } });
    await ada.loginWithApp();
    const used = told.to(ada).filter(({ kind }) => kind === 'recovery-code-used');
    expect(used.map(({ values }) => [values?.['remaining'], values?.['warning']])).toEqual(
      [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((left, index) => [String(left), warnings[index]![0]]),
    );
    expect((await ada.get('/v1/mfa/recovery-codes', ada.accessToken)).body.remaining).toBe(0);
  });

  it('are made anew behind a recent second factor, and the old ones are void', async () => {
    const ada = await Person.withApp(app);
    app.clock.advance(601 - STEP);
    ada.take((await ada.refresh().expect(200)).body);
    await refused(ada.post('/v1/mfa/recovery-codes', {}, ada.accessToken), 401, 'mfa_stale');
    await ada.loginWithApp();
    const made = await ada.post('/v1/mfa/recovery-codes', {}, ada.accessToken).expect(201);
    expect(made.headers['cache-control']).toBe('no-store');
    const codes = made.body.codes as string[];
    expect(new Set([...codes, ...ada.recoveryCodes]).size).toBe(20);
    const status = await ada.get('/v1/mfa/recovery-codes', ada.accessToken).expect(200);
    expect(status.body).toEqual({ remaining: 10, generatedAt: app.clock.now().toISOString() });
    expect(await loginWith(ada, ada.recoveryCodes[9]!)).toMatchObject({ status: 400, body: { code: 'invalid_code' } });
    expect((await loginWith(ada, codes[9]!)).status).toBe(200);
  });

  it('are not made for an account without a factor', async () => {
    const ada = await Person.signedIn(app);
    await refused(ada.post('/v1/mfa/recovery-codes', {}, ada.accessToken), 401, 'mfa_enrollment_required');
  });

  it('are not made for an account whose last factor is gone, while a token still tells of it', async () => {
    const ada = await Person.withApp(app);
    const { accessToken } = ada;
    await ada.delete(`/v1/mfa/factors/${ada.factorId}`, accessToken).expect(204);
    await refused(ada.post('/v1/mfa/recovery-codes', {}, accessToken), 401, 'mfa_enrollment_required');
    expect((await factorsOf(ada)).items).toEqual([]);
    expect((await ada.get('/v1/mfa/recovery-codes', accessToken)).body.remaining).toBe(0);
  });

  it('cannot be enrolled, activated, renamed, preferred or dropped', async () => {
    const ada = await Person.withApp(app);
    expect((await factorsOf(ada)).available).toEqual(['totp', 'webauthn', 'email', 'sms']);
    const path = `/v1/mfa/factors/${await recoveryFactorOf(ada)}`;
    const token = ada.accessToken;
    await refused(ada.post('/v1/mfa/factors', { type: 'recovery_code' }, token), 400, 'validation_failed');
    await refused(ada.post(`${path}/activate`, { code: ada.recoveryCodes[0] }, token), 404, 'not_found');
    await refused(ada.patch(path, { name: 'Paper' }, token), 403, 'forbidden');
    await refused(ada.patch(path, { preferred: true }, token), 403, 'forbidden');
    await refused(ada.delete(path, token), 403, 'forbidden');
  });

  it('go with the last factor, and come back with the next first one', async () => {
    const ada = await Person.withApp(app);
    await ada.delete(`/v1/mfa/factors/${ada.factorId}`, ada.accessToken).expect(204);
    expect((await factorsOf(ada)).items).toEqual([]);
    expect((await ada.get('/v1/mfa/recovery-codes', ada.accessToken)).body).toEqual({
      remaining: 0,
      generatedAt: null,
    });
    const before = ada.recoveryCodes;
    ada.take((await ada.refresh().expect(200)).body);
    await ada.enroll();
    await ada.activate();
    expect(ada.recoveryCodes).toHaveLength(10);
    expect(ada.recoveryCodes).not.toEqual(before);
    expect((await loginWith(ada, before[0]!)).status).toBe(400);
  });
});

describe('Recovery codes that came into use after a factor was enrolled', () => {
  let database: TestDatabase;
  let app: TestApp;
  let ada: Person;

  beforeAll(async () => {
    database = await testDatabase();
    const before = await startTestApp({ database, env: { DOCS: 'off', MFA_FACTORS: 'totp' } });
    const { username } = (ada = await Person.signedIn(before));
    const { secret } = (await ada.enroll()).body.enrollment as { secret: string };
    await ada.activate();
    expect(ada.recoveryCodes).toEqual([]);
    const { warnings } = (await ada.get('/v1/mfa/factors', ada.accessToken).expect(200)).body;
    expect(warnings).toEqual([]);
    await refused(ada.post('/v1/mfa/recovery-codes', {}, ada.accessToken), 403, 'forbidden');
    await before.close();

    app = await startTestApp({ database, env: { DOCS: 'off', MFA_FACTORS: 'totp,recovery_code' } });
    ada = Person.called(app, username);
    ada.authenticator = new Authenticator(secret, app.clock);
    app.clock.advance(STEP);
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('are missed, are made on demand, and sign in', async () => {
    await ada.loginWithApp();
    const listed = (await ada.get('/v1/mfa/factors', ada.accessToken).expect(200)).body;
    expect(listed).toMatchObject({ items: [{ type: 'totp' }], warnings: ['no_recovery_codes'] });

    const { codes } = (await ada.post('/v1/mfa/recovery-codes', {}, ada.accessToken).expect(201)).body;
    expect(new Set(codes as string[]).size).toBe(10);
    const { items, warnings } = (await ada.get('/v1/mfa/factors', ada.accessToken).expect(200)).body;
    expect(items).toMatchObject([{ type: 'totp' }, { type: 'recovery_code', status: 'active' }]);
    expect(warnings).toEqual([]);

    const half = (await ada.login()).body;
    expect(half.factors).toMatchObject([{ type: 'totp' }, { type: 'recovery_code' }]);
    const challenge = await ada.challenge(ada.mfaToken, half.factors[1].id as string);
    const verified = await ada.verify(challenge, (codes as string[])[3]!).expect(200);
    expect(verified.body.session.amr).toEqual(['pwd', 'recovery_code', 'mfa']);

    // Made once more, they stay one factor.
    ada.take(verified.body);
    await ada.post('/v1/mfa/recovery-codes', {}, ada.accessToken).expect(201);
    expect((await ada.get('/v1/mfa/factors', ada.accessToken)).body.items).toHaveLength(2);
    expect((await ada.get('/v1/mfa/recovery-codes', ada.accessToken)).body.remaining).toBe(10);
  });
});
