import { DataSource } from 'typeorm';
import { OneTimeTokenStore } from '../../src/users/one-time-tokens/one-time-token.store';
import { type TestDatabase, testDatabase } from '../support/database';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { SAMPLE_ANSWER, WITH_SAMPLE_FACTOR } from '../support/sample-factor';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(60_000); // many requests a test, on a busy machine

const STEP = 30;

/** Begins a sample factor. @returns its id */
async function enrollSample(person: Person, token = person.accessToken): Promise<string> {
  const { body } = await person.post('/v1/mfa/factors', { type: 'sample' }, token).expect(201);
  return body.factor.id as string;
}

function activateSample(person: Person, id: string, token = person.accessToken) {
  return person.post(`/v1/mfa/factors/${id}/activate`, { code: SAMPLE_ANSWER }, token);
}

describe('The first factor', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ ...WITH_SAMPLE_FACTOR, env: { ...WITH_SAMPLE_FACTOR.env, DOCS: 'off' } });
  });
  afterAll(() => app.close());

  it('drops what other sessions of the account had begun', async () => {
    const ada = await Person.signedIn(app);
    const elsewhere = ada.elsewhere();
    await elsewhere.login();
    const sample = await enrollSample(elsewhere);
    await ada.enroll();
    await ada.activate();
    const { items } = (await ada.get('/v1/mfa/factors', ada.accessToken).expect(200)).body;
    expect(items.map(({ type }: { type: string }) => type).sort()).toEqual(['recovery_code', 'totp']);
    // It had a sign-in of just now, which was enough for a first factor and is not for a further one.
    await refused(activateSample(elsewhere, sample), 401, 'mfa_required');
    await refused(elsewhere.post('/v1/mfa/factors', { type: 'sample' }, elsewhere.accessToken), 401, 'mfa_required');
  });

  it('makes every other session of the account show it at its next refresh', async () => {
    const ada = await Person.signedIn(app);
    const elsewhere = ada.elsewhere();
    await elsewhere.login();
    await ada.enroll();
    await ada.activate();
    app.clock.advance(STEP);
    const { body } = await elsewhere.refresh().expect(200);
    expect(body).toMatchObject({ status: 'mfa_required', reason: 'policy', factors: [{ type: 'totp' }, {}] });
    const token = body.mfaToken as string;
    const verified = await elsewhere.verify(await elsewhere.challenge(token), ada.authenticator.code(), token);
    expect(verified).toMatchObject({ status: 200, body: { session: { id: elsewhere.sessionId, acr: 'aal2' } } });
  });

  it('needs a sign-in of the last ten minutes; the password again makes one', async () => {
    const ada = await Person.signedIn(app);
    app.clock.advance(599);
    ada.take((await ada.refresh().expect(200)).body);
    await ada.enroll();
    app.clock.advance(1);
    await ada.get(`/v1/mfa/factors/${ada.factorId}/qr-code`, ada.accessToken).expect(200);
    app.clock.advance(1);

    const path = `/v1/mfa/factors/${ada.factorId}/activate`;
    const tries = [
      ada.post('/v1/mfa/factors', { type: 'totp' }, ada.accessToken),
      ada.post(path, { code: ada.authenticator.code() }, ada.accessToken),
      ada.get(`/v1/mfa/factors/${ada.factorId}/qr-code`, ada.accessToken),
    ];
    for (const test of tries) {
      const { body, headers } = await refused(test, 401, 'reauthentication_required');
      expect(body.required).toEqual({ maxAge: 600 });
      expect(headers['www-authenticate']).toContain('error="insufficient_user_authentication", max_age="600"');
    }
    const wrong = await ada.post('/v1/auth/reauthenticate', { password: 'another one' }, ada.accessToken);
    expect(wrong).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    ada.take((await ada.reauthenticate().expect(200)).body);
    await ada.activate();
  });

  it('is followed by further ones only behind a second factor of the last ten minutes', async () => {
    const ada = await Person.withApp(app);
    app.clock.advance(600 - STEP);
    ada.take((await ada.refresh().expect(200)).body);
    const sample = await enrollSample(ada);
    app.clock.advance(1);
    const stale = await refused(ada.post('/v1/mfa/factors', { type: 'totp' }, ada.accessToken), 401, 'mfa_stale');
    expect(stale.body.required).toEqual({ acr: 'aal2', maxAge: 600 });
    await refused(activateSample(ada, sample), 401, 'mfa_stale');
    // A fresh password does not help: the account has a factor.
    expect((await ada.reauthenticate().expect(200)).body.status).toBe('mfa_required');
    await refused(activateSample(ada, sample), 401, 'mfa_stale');

    const challenge = await ada.challenge(ada.accessToken);
    ada.take((await ada.verify(challenge, ada.authenticator.code(), ada.accessToken).expect(200)).body);
    const { body } = await activateSample(ada, sample).expect(200);
    expect(body).toMatchObject({
      factor: { status: 'active', preferred: false },
      auth: { session: { amr: ['pwd', 'otp', 'sample', 'mfa'] } },
    });
    expect(body).not.toHaveProperty('recoveryCodes');
  });

  it('of another person is nothing to drop, rename or activate', async () => {
    const ada = await Person.withApp(app);
    const eve = await Person.withApp(app);
    const sample = await enrollSample(ada);
    const token = eve.accessToken;
    await refused(eve.patch(`/v1/mfa/factors/${ada.factorId}`, { name: 'Mine' }, token), 404, 'not_found');
    await refused(eve.delete(`/v1/mfa/factors/${ada.factorId}`, token), 404, 'not_found');
    await refused(activateSample(eve, sample, token), 404, 'not_found');
  });

  it('is renamed, and gives way to another that is preferred', async () => {
    const ada = await Person.withApp(app);
    const sample = await enrollSample(ada);
    ada.take((await activateSample(ada, sample).expect(200)).body.auth);
    const renamed = await ada.patch(`/v1/mfa/factors/${ada.factorId}`, { name: 'Phone' }, ada.accessToken).expect(200);
    expect(renamed.body).toMatchObject({ id: ada.factorId, name: 'Phone', preferred: true, status: 'active' });
    const preferred = await ada.patch(`/v1/mfa/factors/${sample}`, { preferred: true }, ada.accessToken).expect(200);
    expect(preferred.body).toMatchObject({ id: sample, name: 'Sample', preferred: true });
    const login = await ada.elsewhere().login();
    expect(login.body.factors).toMatchObject([
      { id: sample, preferred: true },
      { id: ada.factorId, preferred: false },
      { type: 'recovery_code', preferred: false },
    ]);
  });

  describe('when it is dropped', () => {
    it('ends every other session; the acting one goes on without a second factor', async () => {
      const ada = await Person.withApp(app);
      const elsewhere = ada.elsewhere();
      await elsewhere.loginWithApp();
      const pending = ada.elsewhere();
      await pending.login();
      await ada.delete(`/v1/mfa/factors/${ada.factorId}`, ada.accessToken).expect(204);

      await refused(elsewhere.get('/v1/payouts/limits', elsewhere.accessToken), 401, 'token_invalid');
      await refused(elsewhere.refresh(), 401, 'invalid_refresh_token');
      await refused(pending.get('/v1/mfa/factors', pending.mfaToken), 401, 'token_invalid');

      const { body } = await ada.refresh().expect(200);
      expect(body).toMatchObject({ status: 'authenticated', session: { acr: 'aal1', amr: ['pwd'], mfaTime: null } });
      await refused(ada.get('/v1/payouts', body.accessToken as string), 401, 'mfa_enrollment_required');
      expect((await ada.elsewhere().login()).body).toMatchObject({ status: 'authenticated', session: { acr: 'aal1' } });
    });

    it('no longer counts where another one remains: that one is asked for', async () => {
      const ada = await Person.withApp(app);
      const sample = await enrollSample(ada);
      ada.take((await activateSample(ada, sample).expect(200)).body.auth);
      const elsewhere = ada.elsewhere();
      await elsewhere.loginWithApp();
      const { accessToken } = elsewhere;
      await elsewhere.delete(`/v1/mfa/factors/${ada.factorId}`, accessToken).expect(204);
      const { body } = await elsewhere.refresh().expect(200);
      expect(body).toMatchObject({ status: 'mfa_required', reason: 'policy', factors: [{ id: sample }, {}] });
    });

    it('still counts where another one was verified in the same session', async () => {
      const ada = await Person.withApp(app);
      const sample = await enrollSample(ada);
      ada.take((await activateSample(ada, sample).expect(200)).body.auth);
      await ada.delete(`/v1/mfa/factors/${ada.factorId}`, ada.accessToken).expect(204);
      const { body } = await ada.refresh().expect(200);
      expect(body.session).toMatchObject({ acr: 'aal2', amr: ['pwd', 'sample', 'mfa'] });
    });

    it('cannot be dropped twice, nor without a second factor', async () => {
      const ada = await Person.withApp(app);
      const sample = await enrollSample(ada);
      const path = `/v1/mfa/factors/${ada.factorId}`;
      await refused(ada.delete(`/v1/mfa/factors/${sample}`, ada.accessToken), 404, 'not_found');
      ada.take((await activateSample(ada, sample).expect(200)).body.auth);
      const { accessToken } = ada;
      await ada.delete(path, accessToken).expect(204);
      await refused(ada.delete(path, accessToken), 404, 'not_found');
      await refused((await Person.signedIn(app)).delete(path, ''), 401, 'token_missing');
      const bob = await Person.signedIn(app);
      await refused(bob.delete(path, bob.accessToken), 401, 'mfa_enrollment_required');
    });
  });
});

describe('The first factor, where policy demands one', () => {
  let database: TestDatabase;
  let app: TestApp;
  /** Signed in while policy demanded nothing. */
  let veteran: Person;

  beforeAll(async () => {
    database = await testDatabase();
    const before = await startTestApp({ database, env: { DOCS: 'off' } });
    const { username } = await Person.signedIn(before);
    await before.close();
    const env = { ...WITH_SAMPLE_FACTOR.env, DOCS: 'off', MFA_POLICY: 'required' };
    app = await startTestApp({ ...WITH_SAMPLE_FACTOR, database, env });
    veteran = Person.called(app, username);
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  async function enrollmentCodeFor(person: Person, ttl = 3600): Promise<string> {
    const dataSource = app.nest.get(DataSource);
    const [row] = await dataSource.query<{ id: string }[]>(
      `SELECT id FROM ${dataSource.getMetadata('UserEntity').tablePath} WHERE username = $1`,
      [person.username],
    );
    const store = app.nest.get(OneTimeTokenStore, { strict: false });
    return dataSource.transaction((tx) => store.create(tx, 'enroll_factor', row!.id, ttl));
  }

  it('is enrolled with an MFA token that is good for nothing else, and comes with a full sign-in', async () => {
    const ada = await Person.registered(app);
    const { body } = await ada.login();
    expect(body).toEqual({
      status: 'mfa_enrollment_required',
      mfaToken: expect.any(String),
      expiresIn: 300,
      reason: 'policy',
      factors: [],
    });
    const token = ada.mfaToken;
    await refused(ada.post('/v1/mfa/challenges', {}, token), 403, 'forbidden');
    await refused(ada.verify('01890000-0000-7000-8000-000000000000', '123456', token), 403, 'forbidden');
    await refused(ada.get('/v1/payouts/limits', token), 401, 'token_invalid');
    await refused(ada.reauthenticate(token), 401, 'token_invalid');

    const left = (await ada.elsewhere().login()).body.mfaToken as string;
    const { body: begun } = await ada.enroll(token);
    await ada.get(`/v1/mfa/factors/${begun.factor.id}/qr-code`, token).expect(200);
    const activated = await ada.activate(token);
    expect(activated.body.recoveryCodes).toHaveLength(10);
    expect(activated.body.auth).toMatchObject({ status: 'authenticated', session: { acr: 'aal2' } });
    await ada.get('/v1/payouts', ada.accessToken).expect(200);

    // Neither that token nor that of another half sign-in adds a factor of its own.
    for (const spent of [token, left]) {
      await refused(ada.post('/v1/mfa/factors', { type: 'sample' }, spent), 401, 'token_invalid');
    }
  });

  it('is the only one that such a token enrolls, whoever is quicker', async () => {
    const ada = await Person.registered(app);
    const eve = ada.elsewhere();
    await eve.login();
    const sample = await enrollSample(eve, eve.mfaToken);
    await ada.login();
    await ada.enroll();
    await ada.activate();
    await refused(activateSample(eve, sample, eve.mfaToken), 401, 'token_invalid');
  });

  it('cannot be dropped while it is the last one', async () => {
    const ada = await Person.registered(app);
    await ada.login();
    await ada.enroll();
    await ada.activate();
    const path = `/v1/mfa/factors/${ada.factorId}`;
    await refused(ada.delete(path, ada.accessToken), 409, 'last_factor');
    const sample = await enrollSample(ada);
    await refused(ada.delete(path, ada.accessToken), 409, 'last_factor');
    ada.take((await activateSample(ada, sample).expect(200)).body.auth);
    await ada.delete(path, ada.accessToken).expect(204);
    await refused(ada.delete(`/v1/mfa/factors/${sample}`, ada.accessToken), 409, 'last_factor');
  });

  it('needs an enrollment code where the account signed in before policy did', async () => {
    expect((await veteran.login()).body.status).toBe('mfa_enrollment_required');
    const enroll = (enrollmentCode: string) =>
      veteran.post('/v1/mfa/factors', { type: 'totp', enrollmentCode }, veteran.mfaToken);
    const without = veteran.post('/v1/mfa/factors', { type: 'totp' }, veteran.mfaToken);
    await refused(without, 400, 'invalid_token');
    await refused(enroll('wrong'), 400, 'invalid_token');

    const ada = await Person.registered(app);
    await refused(enroll(await enrollmentCodeFor(ada)), 400, 'invalid_token');
    const outdated = await enrollmentCodeFor(veteran);
    const short = await enrollmentCodeFor(veteran, 60);
    await refused(enroll(outdated), 400, 'invalid_token');
    app.clock.advance(60);
    await refused(enroll(short), 400, 'invalid_token');

    const code = await enrollmentCodeFor(veteran);
    await enroll(code).expect(201);
    // A code that was outdated between the two steps does not prove a factor.
    const { body: begun } = await veteran.post(
      '/v1/mfa/factors',
      { type: 'sample', enrollmentCode: code },
      veteran.mfaToken,
    );
    const newest = await enrollmentCodeFor(veteran);
    await refused(activateSample(veteran, begun.factor.id as string, veteran.mfaToken), 400, 'invalid_token');

    const again = await veteran.post('/v1/mfa/factors', { type: 'sample', enrollmentCode: newest }, veteran.mfaToken);
    const activated = await activateSample(veteran, again.body.factor.id as string, veteran.mfaToken).expect(200);
    expect(activated.body.auth.status).toBe('authenticated');
    const spent = await app.nest.get(DataSource).query<{ used: boolean }[]>(
      `SELECT used_at IS NOT NULL AS used FROM ${app.nest.get(DataSource).getMetadata('OneTimeTokenEntity').tablePath}
        WHERE digest = sha256($1::bytea)`,
      [Buffer.from(newest)],
    );
    expect(spent).toEqual([{ used: true }]);
  });
});
