import { DataSource } from 'typeorm';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { routeAccessOf } from '../support/route-access';
import { SAMPLE_ANSWER, WITH_SAMPLE_FACTOR } from '../support/sample-factor';
import { startTestApp, type TestApp } from '../support/test-app';
import { Told } from '../support/told';

jest.setTimeout(60_000); // many requests a test, on a busy machine

const STEP = 30;
const NOBODYS_ID = '01890000-0000-7000-8000-000000000000';

/** What an MFA token is there for: nothing of it changes a factor. */
const OPEN_TO_MFA_TOKENS: Record<'verify' | 'enroll', readonly string[]> = {
  verify: ['GET /v1/mfa/factors', 'POST /v1/mfa/challenges', 'POST /v1/mfa/challenges/:id/verify'],
  enroll: [
    'GET /v1/mfa/factors',
    'GET /v1/mfa/factors/:id/qr-code',
    'POST /v1/mfa/factors',
    'POST /v1/mfa/factors/:id/activate',
  ],
};

/** Tries every route that is not public with an MFA token. */
async function tryEveryRoute(app: TestApp, person: Person, purpose: 'verify' | 'enroll', id: string): Promise<void> {
  const closed = routeAccessOf(app)
    .filter(({ isPublic, path }) => !isPublic && path.startsWith('/v1/'))
    .filter(({ method, path }) => !OPEN_TO_MFA_TOKENS[purpose].includes(`${method} ${path}`));
  expect(closed.length).toBeGreaterThan(10);
  const bodies: Record<string, object> = {
    'POST /v1/mfa/factors': { type: 'sample' },
    'POST /v1/mfa/factors/:id/activate': { code: SAMPLE_ANSWER },
    'POST /v1/mfa/challenges/:id/verify': { code: SAMPLE_ANSWER },
  };
  for (const { method, path } of closed) {
    const route = path.replaceAll(':id', id);
    const verb = method.toLowerCase() as 'get' | 'post' | 'delete' | 'patch' | 'put';
    const test = person.send(verb, route, person.mfaToken);
    const { status, body } = await (verb === 'get' ? test : test.send(bodies[`${method} ${path}`] ?? {}));
    const answer = `${method} ${path}: ${status} ${String(body.code)}`;
    expect([`${method} ${path}: 401 token_invalid`, `${method} ${path}: 403 forbidden`]).toContain(answer);
  }
}

async function enrollSample(person: Person): Promise<string> {
  const { body } = await person.post('/v1/mfa/factors', { type: 'sample' }, person.accessToken).expect(201);
  const path = `/v1/mfa/factors/${body.factor.id as string}/activate`;
  person.take((await person.post(path, { code: SAMPLE_ANSWER }, person.accessToken).expect(200)).body.auth);
  return body.factor.id as string;
}

async function factorsOf(person: Person): Promise<string[]> {
  const { body } = await person.get('/v1/mfa/factors', person.accessToken).expect(200);
  return (body.items as { type: string }[]).map(({ type }) => type).sort();
}

/** Password, address, number, and the account itself ask for a recent second factor as the factors do. */
async function refusesToChangeTheAccount(person: Person, token: string): Promise<void> {
  const { password: currentPassword, username } = person;
  const tries = [
    person.put('/v1/users/me/password', { currentPassword, newPassword: 'punched cards hold flowers' }, token),
    person.put('/v1/users/me/email', { email: `${username}@elsewhere.test` }, token),
    person.put('/v1/users/me/phone', { phone: '+4915112345678' }, token),
    person.delete('/v1/users/me', token),
  ];
  for (const each of tries) await refused(each, 401, 'mfa_required');
}

describe('The factors of an account are safe from', () => {
  let app: TestApp;
  let told: Told;

  beforeAll(async () => {
    app = await startTestApp({ ...WITH_SAMPLE_FACTOR, env: { ...WITH_SAMPLE_FACTOR.env, DOCS: 'off' } });
    told = new Told(app);
  });
  afterAll(() => app.close());

  it('whoever has the password only: with an MFA token of purpose verify, every route that changes anything is closed', async () => {
    const ada = await Person.withApp(app);
    const eve = ada.elsewhere();
    await eve.login();
    await tryEveryRoute(app, eve, 'verify', ada.factorId);
    expect(await factorsOf(ada)).toEqual(['recovery_code', 'totp']);
  });

  it('whoever has the password only: the owner gets in by another factor than the one that was locked', async () => {
    const ada = await Person.withApp(app);
    const { body } = await ada.get('/v1/mfa/factors', ada.accessToken).expect(200);
    const byCode = (body.items as { id: string; type: string }[]).find(({ type }) => type === 'recovery_code')!.id;
    const guess = async (factorId: string, wrong: string) => {
      const eve = ada.elsewhere();
      await eve.login();
      for (let tries = 0, challenge = ''; tries < 10; tries++) {
        if (tries % 5 === 0) challenge = await eve.challenge(eve.mfaToken, factorId);
        const { body: problem } = await refused(eve.verify(challenge, wrong), 400, 'invalid_code');
        expect(problem.attemptsRemaining).toBe(4 - (tries % 5));
      }
      return eve;
    };
    const eve = await guess(ada.factorId, ada.authenticator.wrongCode());
    await refused(eve.post('/v1/mfa/challenges', { factorId: ada.factorId }, eve.mfaToken), 429, 'too_many_attempts');
    // Nobody guesses these: they stay open to the owner, however many are tried.
    await guess(byCode, '0000-0000-0000-0000');
    const first = ada.elsewhere();
    await first.login();
    await first.verify(await first.challenge(first.mfaToken, byCode), ada.recoveryCodes[0]!).expect(200);

    app.clock.advance(STEP);
    const second = ada.elsewhere();
    await second.loginWithApp();
    // Told once for each lock, however often somebody goes on trying.
    const kinds = told.to(ada).map(({ kind, values }) => [kind, values?.['name']]);
    expect(kinds).toEqual([
      ['factor-added', 'Authenticator app'],
      ['factor-locked', 'Authenticator app'],
      ['recovery-code-used', undefined],
    ]);
  });

  it('a token from before its factor was dropped: what the session shows by now counts, not what the token says', async () => {
    const ada = await Person.withApp(app);
    await enrollSample(ada);
    const elsewhere = ada.elsewhere();
    await elsewhere.loginWithApp();
    const { accessToken } = elsewhere; // Has shown the app only.
    await elsewhere.delete(`/v1/mfa/factors/${ada.factorId}`, accessToken).expect(204);
    const { body } = await elsewhere.get('/v1/mfa/factors', accessToken).expect(200);
    const sample = (body.items as { id: string; type: string }[]).find(({ type }) => type === 'sample')!.id;

    await refused(elsewhere.delete(`/v1/mfa/factors/${sample}`, accessToken), 401, 'mfa_required');
    await refused(elsewhere.post('/v1/mfa/factors', { type: 'totp' }, accessToken), 401, 'mfa_required');
    await refused(elsewhere.post('/v1/mfa/recovery-codes', {}, accessToken), 401, 'mfa_required');
    await refusesToChangeTheAccount(elsewhere, accessToken);
    expect(await factorsOf(elsewhere)).toEqual(['recovery_code', 'sample']);

    const challenge = await elsewhere.challenge(accessToken, sample);
    elsewhere.take((await elsewhere.verify(challenge, SAMPLE_ANSWER, accessToken).expect(200)).body);
    await elsewhere.delete(`/v1/mfa/factors/${sample}`, elsewhere.accessToken).expect(204);
  });

  it('a token from before a step-up, in the same session: that one has shown no second factor', async () => {
    const ada = await Person.signedIn(app);
    const { accessToken: before } = ada;
    await ada.enroll();
    await ada.activate();
    await refused(ada.post('/v1/mfa/factors', { type: 'sample' }, before), 401, 'mfa_required');
    const { body } = await ada.post('/v1/mfa/factors', { type: 'sample' }, ada.accessToken).expect(201);
    const path = `/v1/mfa/factors/${body.factor.id as string}/activate`;
    await refused(ada.post(path, { code: SAMPLE_ANSWER }, before), 401, 'mfa_required');
    await refused(ada.delete(`/v1/mfa/factors/${ada.factorId}`, before), 401, 'mfa_enrollment_required');
    await refusesToChangeTheAccount(ada, before);
  });

  it('another session of the account: a factor is proven where it was begun, and nowhere else', async () => {
    const ada = await Person.withApp(app);
    const elsewhere = ada.elsewhere();
    await elsewhere.loginWithApp();
    const { body } = await ada.post('/v1/mfa/factors', { type: 'sample' }, ada.accessToken).expect(201);
    const path = `/v1/mfa/factors/${body.factor.id as string}`;
    const elsewhereTries = [
      elsewhere.post(`${path}/activate`, { code: SAMPLE_ANSWER }, elsewhere.accessToken),
      elsewhere.get(`${path}/qr-code`, elsewhere.accessToken),
      elsewhere.delete(path, elsewhere.accessToken),
    ];
    for (const test of elsewhereTries) await refused(test, 404, 'not_found');
    await ada.post(`${path}/activate`, { code: SAMPLE_ANSWER }, ada.accessToken).expect(200);
  });

  it('a pending one: the app of before is asked for until the new one is proven, and after', async () => {
    const ada = await Person.withApp(app);
    const { authenticator, factorId } = ada;
    await ada.enroll();
    const pending = ada.authenticator;
    const elsewhere = ada.elsewhere();
    await elsewhere.login();
    await refused(
      elsewhere.post('/v1/mfa/challenges', { factorId: ada.factorId }, elsewhere.mfaToken),
      404,
      'not_found',
    );
    const challenge = await elsewhere.challenge();
    await refused(elsewhere.verify(challenge, pending.code()), 400, 'invalid_code');
    await elsewhere.verify(challenge, authenticator.code()).expect(200);
    app.clock.advance(STEP);
    await ada.activate();
    const login = await ada.elsewhere().login();
    expect(login.body.factors).toMatchObject([{ id: factorId, preferred: true }, { type: 'totp' }, {}]);
  });

  it('changes that nobody hears of: each is told to the owner with the change, and none that did not happen', async () => {
    const ada = await Person.registered(app, { email: `${NOBODYS_ID}@example.com` });
    const mailbox = () =>
      ada.get(`/dev/outbox?to=${NOBODYS_ID}@example.com`).then(({ body }) => body.items as object[]);
    await ada.login();
    await ada.verifyEmail();
    const before = (await mailbox()).length;

    await ada.enroll();
    await refused(
      ada.post(`/v1/mfa/factors/${ada.factorId}/activate`, { code: ada.authenticator.wrongCode() }, ada.accessToken),
      400,
      'invalid_code',
    );
    expect(told.to(ada)).toEqual([]);
    await ada.activate();
    app.clock.advance(STEP);
    const sample = await enrollSample(ada);
    await ada.patch(`/v1/mfa/factors/${sample}`, { name: 'Old sample' }, ada.accessToken).expect(200);
    await ada.delete(`/v1/mfa/factors/${sample}`, ada.accessToken).expect(204);
    await refused(ada.delete(`/v1/mfa/factors/${sample}`, ada.accessToken), 404, 'not_found');
    await ada.post('/v1/mfa/recovery-codes', {}, ada.accessToken).expect(201);
    expect(told.to(ada)).toEqual([
      { kind: 'factor-added', values: { name: 'Authenticator app' }, alsoTo: [] },
      { kind: 'factor-added', values: { name: 'Sample' }, alsoTo: [] },
      { kind: 'factor-dropped', values: { name: 'Old sample' }, alsoTo: [] },
      { kind: 'recovery-codes-regenerated', values: {}, alsoTo: [] },
    ]);
    expect((await mailbox()).length - before).toBe(4);
  });
});

describe('A first factor that policy demands is safe from', () => {
  let app: TestApp;

  beforeAll(async () => {
    const env = { ...WITH_SAMPLE_FACTOR.env, DOCS: 'off', MFA_POLICY: 'required' };
    app = await startTestApp({ ...WITH_SAMPLE_FACTOR, env });
  });
  afterAll(() => app.close());

  it('a token of purpose enroll for anything else: every other route is closed', async () => {
    const ada = await Person.registered(app);
    await ada.login();
    await ada.enroll();
    await tryEveryRoute(app, ada, 'enroll', ada.factorId);
    await ada.activate();
  });

  it('a factor that was begun without an enrollment code, once one is needed', async () => {
    const ada = await Person.registered(app);
    await ada.login();
    const { body } = await ada.post('/v1/mfa/factors', { type: 'sample' }, ada.mfaToken).expect(201);
    const dataSource = app.nest.get(DataSource);
    await dataSource.query(
      `UPDATE ${dataSource.getMetadata('UserEntity').tablePath} SET first_sign_in_at = now() WHERE username = $1`,
      [ada.username],
    );
    const path = `/v1/mfa/factors/${body.factor.id as string}/activate`;
    await refused(ada.post(path, { code: SAMPLE_ANSWER }, ada.mfaToken), 400, 'invalid_token');
    expect((await ada.login()).body.status).toBe('mfa_enrollment_required');
  });
});
