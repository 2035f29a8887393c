import { randomBytes } from 'node:crypto';
import request, { type Response } from 'supertest';
import { atOnce, CLIENTS, tally } from '../support/at-once';
import { ChildServer } from '../support/child-server';
import { requirePostgres, type TestDatabase, testDatabase } from '../support/database';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(120_000); // hundreds of requests on a busy machine

describe('Refreshes at once', () => {
  let app: TestApp;

  beforeAll(async () => {
    requirePostgres();
    app = await startTestApp({ env: { DOCS: 'off' } });
  });
  afterAll(() => app.close());

  it('of one token by thirty clients give all of them the same successor, and nobody is logged out', async () => {
    const ada = await Person.signedIn(app);
    for (let round = 0; round < 3; round++) {
      const { refreshToken } = ada;
      const answers = await atOnce(() => ada.refresh(refreshToken));
      expect(tally(answers)).toEqual({ '200': CLIENTS });
      const successors = new Set(answers.map(({ body }) => body.refreshToken as string));
      expect(successors.size).toBe(1);
      expect(successors).not.toContain(refreshToken);
      for (const { body } of answers) await ada.get('/v1/payouts/limits', body.accessToken as string).expect(200);
      ada.take(answers[0]!.body);
    }
    await ada.refresh().expect(200);
  });

  it('of a token that was used up end the session for all thirty', async () => {
    const ada = await Person.signedIn(app);
    const { refreshToken: first } = ada;
    for (let times = 0; times < 2; times++) ada.take((await ada.refresh().expect(200)).body);
    expect(tally(await atOnce(() => ada.refresh(first)))).toEqual({ invalid_refresh_token: CLIENTS });
    await refused(ada.refresh(), 401, 'invalid_refresh_token');
    await refused(ada.get('/v1/payouts/limits', ada.accessToken), 401, 'token_invalid');
  });

  it('and a second factor verified: the tokens of the second factor are good, the session lives', async () => {
    for (let round = 0; round < 5; round++) {
      const ada = await Person.withApp(app);
      const { accessToken, refreshToken } = ada;
      const challenge = await ada.challenge(accessToken);
      const code = ada.authenticator.code();
      const refreshing = atOnce(() => ada.refresh(refreshToken), 10);
      const [answers, verified] = await Promise.all([refreshing, ada.verify(challenge, code, accessToken)]);
      expect(verified.status).toBe(200);
      expect(Object.keys(tally(answers)).filter((kind) => kind !== '200' && kind !== 'invalid_refresh_token')).toEqual(
        [],
      );
      ada.take(verified.body);
      await ada.get('/v1/payouts', ada.accessToken).expect(200);
      const { body } = await ada.refresh().expect(200);
      expect(body.session.acr).toBe('aal2');
      // What the refreshes gave was outdated by the second factor, whichever came first.
      for (const answer of answers.filter(({ status }) => status === 200)) {
        expect((await ada.refresh(answer.body.refreshToken as string)).status).toBe(401);
        await ada.get('/v1/payouts', body.accessToken as string).expect(200);
      }
    }
  });

  it('and a logout: no token is left that works', async () => {
    for (let round = 0; round < 5; round++) {
      const ada = await Person.signedIn(app);
      const { accessToken, refreshToken } = ada;
      const [answers] = await Promise.all([
        atOnce(() => ada.refresh(refreshToken), 10),
        ada.post('/v1/auth/logout', {}, accessToken).expect(204),
      ]);
      const given = answers.filter(({ status }) => status === 200).map(({ body }) => body);
      for (const { accessToken: access, refreshToken: refresh } of [{ accessToken, refreshToken }, ...given]) {
        await refused(ada.get('/v1/payouts/limits', access as string), 401, 'token_invalid');
        await refused(ada.refresh(refresh as string), 401, 'invalid_refresh_token');
      }
    }
  });

  it('and the password again: its tokens are good, the session lives, whoever was quicker', async () => {
    for (let round = 0; round < 5; round++) {
      const ada = await Person.signedIn(app);
      const { accessToken, refreshToken } = ada;
      const [answers, again] = await Promise.all([atOnce(() => ada.refresh(refreshToken), 10), ada.reauthenticate()]);
      expect(again.status).toBe(200);
      const kinds = Object.keys(tally(answers));
      expect(kinds.filter((kind) => kind !== '200' && kind !== 'invalid_refresh_token')).toEqual([]);
      // What was given before the password is superseded, and ends nothing.
      for (const { body, status } of answers) {
        if (status === 200) expect((await ada.refresh(body.refreshToken as string)).status).toBe(401);
      }
      await ada.get('/v1/payouts/limits', accessToken).expect(200);
      ada.take((await ada.refresh(again.body.refreshToken as string).expect(200)).body);
      await ada.refresh().expect(200);
    }
  });

  it('of the tokens that thirty confirmed passwords gave: one lives, and none of the others ends the session', async () => {
    const ada = await Person.signedIn(app);
    const { accessToken, refreshToken } = ada;
    // Five at a time: a try is counted before it is checked, and no more than five may be wrong.
    const answers: Response[] = [];
    while (answers.length < CLIENTS) answers.push(...(await atOnce(() => ada.reauthenticate(accessToken), 5)));
    expect(tally(answers)).toEqual({ '200': CLIENTS });
    const given = answers.map(({ body }) => body.refreshToken as string);
    expect(new Set(given).size).toBe(CLIENTS);
    const presented = await atOnce((client) => ada.refresh([refreshToken, ...given][client]), CLIENTS + 1);
    expect(tally(presented)).toEqual({ '200': 1, invalid_refresh_token: CLIENTS });
    ada.take(presented.find(({ status }) => status === 200)!.body);
    await ada.refresh().expect(200);
  });

  it('and logouts of one session: all are answered, one is recorded', async () => {
    const ada = await Person.signedIn(app);
    const { accessToken } = ada;
    expect(tally(await atOnce(() => ada.post('/v1/auth/logout', {}, accessToken)))).toEqual({ '204': CLIENTS });
  });
});

describe('Refreshes at once of a session whose second factor has expired', () => {
  let app: TestApp;

  beforeAll(async () => {
    requirePostgres();
    app = await startTestApp({ env: { DOCS: 'off', MFA_WHEN_STALE: 'challenge', MFA_MAX_AGE: '60' } });
  });
  afterAll(() => app.close());

  it('and that factor verified: none of them demands it once more', async () => {
    const ada = await Person.withApp(app);
    for (let round = 0; round < 15; round++) {
      app.clock.advance(61);
      // By the access token, which lives on: no refresh has demanded anything yet.
      const { accessToken, refreshToken } = ada;
      const challenge = await ada.challenge(accessToken);
      let isVerified = false;
      // One after the other, until then: some began before the factor was verified, and end after it.
      const refreshing = atOnce(async () => {
        const answers: Response[] = [];
        while (!isVerified) answers.push(await ada.refresh(refreshToken));
        return answers;
      }, 6);
      const verified = await ada.verify(challenge, ada.authenticator.code(), accessToken);
      isVerified = true;
      expect(verified.status).toBe(200);
      for (const { status, body } of (await refreshing).flat()) {
        expect(['mfa_required', 'invalid_refresh_token']).toContain(status === 200 ? body.status : body.code);
      }
      ada.take(verified.body);
      const { body } = await ada.refresh().expect(200);
      expect({ round, status: body.status as string }).toEqual({ round, status: 'authenticated' });
      ada.take(body);
      await ada.get('/v1/payouts', ada.accessToken).expect(200);
    }
  });
});

describe('Refreshes at once over two processes', () => {
  let database: TestDatabase;
  let servers: ChildServer[];
  let people = 0;

  beforeAll(async () => {
    requirePostgres();
    database = await testDatabase();
    const env = { ...database.env, ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}` };
    servers = [await ChildServer.start(env), await ChildServer.start(env)];
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await database.drop();
  });

  const post = (server: number, path: string, body: object, token?: string) => {
    const sent = request(servers[server % 2]!.url).post(path);
    return (token === undefined ? sent : sent.auth(token, { type: 'bearer' })).send(body);
  };
  const refresh = (server: number, refreshToken: string) => post(server, '/v1/auth/refresh', { refreshToken });

  async function signIn(): Promise<{ accessToken: string; refreshToken: string; password: string }> {
    const [username, password] = [`person-${++people}`, 'a loom that weaves algebra'];
    await post(0, '/v1/auth/register', { username, password }).expect(201);
    const { body } = await post(0, '/v1/auth/login', { identifier: username, password }).expect(200);
    return { ...body, password };
  }

  it('of one token by thirty clients end in one live successor, and nobody is logged out', async () => {
    let { refreshToken } = await signIn();
    for (let round = 0; round < 5; round++) {
      const answers = await atOnce((client) => refresh(client, refreshToken));
      expect(tally(answers)).toEqual({ '200': CLIENTS });
      const successors = [...new Set(answers.map(({ body }) => body.refreshToken as string))];
      expect(successors).toHaveLength(1);
      await Promise.all(
        answers.map(({ body }, client) =>
          request(servers[(client + 1) % 2]!.url)
            .get('/v1/payouts/limits')
            .auth(body.accessToken as string, { type: 'bearer' })
            .expect(200),
        ),
      );
      refreshToken = successors[0]!;
    }
  });

  it('of a token that was used up end the session in both', async () => {
    const { refreshToken: first } = await signIn();
    let newest = first;
    for (let times = 0; times < 2; times++)
      newest = (await refresh(times, newest).expect(200)).body.refreshToken as string;
    expect(tally(await atOnce((client) => refresh(client, first)))).toEqual({ invalid_refresh_token: CLIENTS });
    for (const server of [0, 1]) await refresh(server, newest).expect(401);
  });

  it('and the password again, by the other process: one token lives on', async () => {
    for (let round = 0; round < 5; round++) {
      const { accessToken, refreshToken, password } = await signIn();
      const [answers, again] = await Promise.all([
        atOnce((client) => refresh(client, refreshToken), 10),
        post(1, '/v1/auth/reauthenticate', { password }, accessToken).expect(200),
      ]);
      for (const { status, body } of answers)
        expect(status === 200 || body.code === 'invalid_refresh_token').toBe(true);
      const given = answers.filter(({ status }) => status === 200).map(({ body }) => body.refreshToken as string);
      for (const token of new Set(given)) await refresh(round, token).expect(401);
      await refresh(round, again.body.refreshToken as string).expect(200);
    }
  });

  it('and a logout by the other process: no refresh token is left that works', async () => {
    for (let round = 0; round < 5; round++) {
      const { accessToken, refreshToken } = await signIn();
      const [answers] = await Promise.all([
        atOnce((client) => refresh(client, refreshToken), 10),
        post(1, '/v1/auth/logout', {}, accessToken).expect(204),
      ]);
      const given = answers.filter(({ status }) => status === 200).map(({ body }) => body.refreshToken as string);
      for (const token of new Set([refreshToken, ...given])) await refresh(round, token).expect(401);
    }
  });
});
