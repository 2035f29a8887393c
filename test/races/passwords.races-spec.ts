import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { atOnce, CLIENTS, tally } from '../support/at-once';
import { requirePostgres, type TestDatabase, testDatabase } from '../support/database';
import { Forgetful } from '../support/password-recovery';
import { Person } from '../support/person';
import { PLUGGED_ANSWER, WITH_PLUGGED_FACTORS } from '../support/plugged-factors';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(120_000); // hundreds of requests on a busy machine

const NEW_PASSWORD = 'punched cards hold flowers';

describe('Passwords, with many clients at once', () => {
  let url: string;
  let database: TestDatabase;
  let app: TestApp;
  /** Another replica. */
  let other: TestApp;
  let somebody: Forgetful;

  beforeAll(async () => {
    url = requirePostgres();
    database = await testDatabase();
    app = await startTestApp({ ...WITH_PLUGGED_FACTORS, database });
    other = await startTestApp({ ...WITH_PLUGGED_FACTORS, database, clock: app.clock });
    somebody = new Forgetful(app);
  });
  afterAll(async () => {
    await app.close();
    await other.close();
    await database.drop();
  });

  const loginWith = (person: Person, password: string) =>
    person.post('/v1/auth/login', { identifier: person.username, password });

  const change = (person: Person, newPassword: string, currentPassword = person.password) =>
    person.put('/v1/users/me/password', { currentPassword, newPassword }, person.accessToken);

  const nth = (client: number) => `${NEW_PASSWORD} ${client}`;

  it('one link resets one password, once', async () => {
    const ada = await Person.withEmail(app);
    const token = await somebody.link(ada);
    const answers = await atOnce((client) => somebody.reset(token, nth(client)));
    expect(tally(answers)).toEqual({ '204': 1, invalid_token: CLIENTS - 1 });
    const winner = answers.findIndex(({ status }) => status === 204);
    await loginWith(ada, nth(winner)).expect(200);
    await refused(loginWith(ada, ada.password), 401, 'invalid_credentials');
    await refused(loginWith(ada, nth((winner + 1) % CLIENTS)), 401, 'invalid_credentials');
  });

  it('of thirty sessions that change it, one does, and is the only one that goes on', async () => {
    const ada = await Person.registered(app);
    const sessions = await atOnce(async () => {
      const session = ada.elsewhere();
      await session.login();
      return session;
    });
    const answers = await atOnce((client) => change(sessions[client]!, nth(client)));
    expect(tally(answers)['204']).toBe(1);
    for (const { status } of answers) expect([204, 401]).toContain(status);
    const winner = answers.findIndex(({ status }) => status === 204);
    const lives = await atOnce((client) => ada.get('/v1/users/me', sessions[client]!.accessToken));
    expect(lives.flatMap(({ status }, client) => (status === 200 ? [client] : []))).toEqual([winner]);
    await loginWith(ada, nth(winner)).expect(200);
  });

  it('a link and a change leave one password, and no second use of the link', async () => {
    for (let round = 0; round < 5; round++) {
      const ada = await Person.withEmail(app);
      const token = await somebody.link(ada);
      const [reset, changed] = await Promise.all([somebody.reset(token, nth(1)), change(ada, nth(2))]);
      // The change may come first: then the link is void. If it comes second, the password is not what was shown.
      expect([reset.status, changed.status]).toEqual(reset.status === 204 ? [204, 401] : [400, 204]);
      await refused(somebody.reset(token, nth(3)), 400, 'invalid_token');
      await loginWith(ada, nth(reset.status === 204 ? 1 : 2)).expect(200);
    }
  });

  it.each([
    ['changed', (ada: Person) => Promise.resolve(() => change(ada, NEW_PASSWORD))],
    [
      'reset',
      async (ada: Person) => {
        const token = await somebody.link(ada);
        return () => somebody.reset(token, NEW_PASSWORD);
      },
    ],
  ])('no sign-in with the old password outlives the moment in which it is %s', async (_, prepare) => {
    for (let round = 0; round < 4; round++) {
      const ada = await Person.withEmail(app);
      const replace = await prepare(ada);
      const [replaced, ...logins] = await Promise.all([
        replace(),
        ...Array.from({ length: 20 }, () => loginWith(ada, ada.password)),
      ]);
      expect(replaced.status).toBe(204);
      for (const { status, body } of logins) {
        if (status === 401) continue;
        expect(status).toBe(200);
        await refused(ada.get('/v1/users/me', body.accessToken as string), 401, 'token_invalid');
        await refused(ada.refresh(body.refreshToken as string), 401, 'invalid_refresh_token');
      }
    }
  });

  it('thirty guesses within one session are five, and end it', async () => {
    const ada = await Person.signedIn(app);
    const guesses = await atOnce((client) => change(ada, NEW_PASSWORD, `a wrong password ${client}`));
    // Whoever comes after the end is refused for that.
    for (const { status } of guesses) expect(status).toBe(401);
    expect(tally(guesses)['invalid_credentials']).toBeGreaterThanOrEqual(5);
    await refused(change(ada, NEW_PASSWORD), 401, 'token_invalid');
    const { rows } = await query('SELECT wrong_passwords, revoked_reason FROM "sessions" WHERE id = $1', [
      ada.sessionId,
    ]);
    expect(rows).toEqual([{ wrong_passwords: 5, revoked_reason: 'wrong_passwords' }]);
  });

  it('three links go out, however many ask at whichever replica, and the last one works', async () => {
    const ada = await Person.withEmail(app);
    const answers = await atOnce((client) =>
      new Person(client % 2 ? app : other).post('/v1/auth/password/forgot', { identifier: ada.username }),
    );
    expect(tally(answers)).toEqual({ '202': CLIENTS });
    somebody.beside(CLIENTS);
    const links = await somebody.links(ada.email);
    expect(links).toHaveLength(3);
    const tried = await Promise.all(links.map(({ data }, at) => somebody.reset(data.token!, nth(at))));
    expect(tally(tried)).toEqual({ '204': 1, invalid_token: 2 });
  });

  it('the answer to whoever forgot the password waits for nothing in the database', async () => {
    const ada = await Person.withEmail(app);
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(`SET search_path TO "${database.env['DATABASE_SCHEMA']!}"; BEGIN; LOCK TABLE "users"`);
      for (const identifier of [ada.username, ada.email, 'nobody-of-that-name']) {
        await somebody.forgot(identifier).expect(202);
      }
    } finally {
      await client.end(); // and with it the lock
    }
    expect(await somebody.links(ada.email)).toHaveLength(2);
  });

  it('a reset is known to every replica within seconds: no token of before is taken', async () => {
    const ada = await Person.withEmail(app);
    const elsewhere = new Person(other);
    await elsewhere.get('/v1/users/me', ada.accessToken).expect(200);
    await somebody.reset(await somebody.link(ada), NEW_PASSWORD).expect(204);
    for (let tries = 0; ; tries++) {
      const { status, body } = await elsewhere.get('/v1/users/me', ada.accessToken);
      expect([200, 401]).toContain(status);
      if (body.code === 'token_invalid') break;
      expect(tries).toBeLessThan(50);
      await sleep(50);
    }
  });

  it('nothing that was verified before a reset makes its mailbox a second factor', async () => {
    for (let round = 0; round < 4; round++) {
      const ada = await Person.withEmail(app);
      const ids: string[] = [];
      for (const type of ['app', 'mailbox']) {
        const body = { type, ...(type === 'mailbox' && { email: ada.email }) };
        const { id } = (await ada.post('/v1/mfa/factors', body, ada.accessToken).expect(201)).body.factor;
        const { auth } = (
          await ada.post(`/v1/mfa/factors/${id}/activate`, { code: PLUGGED_ANSWER }, ada.accessToken).expect(200)
        ).body;
        ada.take(auth);
        ids.push(id as string);
      }
      const halves = await atOnce(async (client) => {
        const half = ada.elsewhere();
        await half.login();
        return { half, challenge: await half.challenge(half.mfaToken, ids[client % 2]) };
      }, 12);
      const token = await somebody.link(ada);
      const [reset, ...verified] = await Promise.all([
        somebody.reset(token, NEW_PASSWORD),
        ...halves.map(({ half, challenge }) => half.verify(challenge, PLUGGED_ANSWER)),
      ]);
      expect(reset.status).toBe(204);
      for (const { status, body } of verified) {
        if (status === 200) await refused(ada.refresh(body.refreshToken as string), 401, 'invalid_refresh_token');
        else expect([401, 403]).toContain(status);
      }
      const { body } = await loginWith(ada, NEW_PASSWORD).expect(200);
      expect(body).toMatchObject({ status: 'mfa_required', reason: 'recovery' });
      expect((body.factors as { type: string }[]).map(({ type }) => type)).toEqual(['app', 'recovery_code']);
    }
  });

  async function query(sql: string, parameters: unknown[]) {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(`SET search_path TO "${database.env['DATABASE_SCHEMA']!}"`);
      return await client.query<Record<string, unknown>>(sql, parameters);
    } finally {
      await client.end();
    }
  }
});
