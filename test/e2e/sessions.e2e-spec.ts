import { DataSource } from 'typeorm';
import request from 'supertest';
import { DatabaseSettings } from '../../src/platform/config/settings/database.settings';
import { readJws } from '../support/jws';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(60_000); // many requests a test, on a busy machine

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';

interface Listed {
  readonly id: string;
  readonly current: boolean;
  readonly acr: string;
  readonly amr: string[];
}

async function sessionsOf(person: Person, query = ''): Promise<Listed[]> {
  return (await person.get(`/v1/sessions${query}`, person.accessToken).expect(200)).body.items as Listed[];
}

/** Another sign-in of the same person, by password only. */
async function elsewhere(person: Person): Promise<Person> {
  const other = person.elsewhere();
  await other.login();
  return other;
}

async function expectOver(app: TestApp, person: Person): Promise<void> {
  await refused(person.get('/v1/payouts/limits', person.accessToken), 401, 'token_invalid');
  await refused(person.refresh(), 401, 'invalid_refresh_token');
}

describe('Sessions', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off' } });
  });
  afterAll(() => app.close());

  const eventsOf = async (userId: unknown) =>
    app.nest
      .get(DataSource)
      .query<{ type: string; outcome: string; session_id: string; ip: string; details: object }[]>(
        `SELECT type, outcome, session_id, host(ip::inet) AS ip, details
           FROM "${app.nest.get(DatabaseSettings, { strict: false }).schema}"."audit_events"
          WHERE actor_id = $1 AND type = 'session.ended' ORDER BY id`,
        [userId],
      );

  describe('are listed', () => {
    it('with what each has shown, where it was last and by what', async () => {
      const ada = await Person.registered(app);
      const { body } = await ada
        .post('/v1/auth/login', { identifier: ada.username, password: ada.password })
        .set('user-agent', CHROME)
        .expect(200);
      ada.take(body);
      const begun = app.clock.now().toISOString();
      app.clock.advance(60);
      ada.take((await ada.refresh().set('user-agent', CHROME).expect(200)).body);
      const list = await ada.get('/v1/sessions', ada.accessToken).expect(200);
      expect(list.headers['cache-control']).toBe('no-store');
      expect(list.body).toEqual({
        items: [
          {
            id: ada.sessionId,
            current: true,
            acr: 'aal1',
            amr: ['pwd'],
            createdAt: begun,
            lastUsedAt: app.clock.now().toISOString(),
            ip: '127.0.0.1',
            device: 'Chrome on Windows',
          },
        ],
        nextCursor: null,
      });
    });

    it.each([
      [undefined, 'Unknown device'],
      ['MyApp/1.2', 'MyApp 1.2'],
      ['<script>alert(1)</script>', 'Unknown device'],
      ['x'.repeat(8000), 'Unknown device'],
    ])('by a client that calls itself %j: %s', async (userAgent, device) => {
      const ada = await Person.registered(app);
      const login = request(app.url).post('/v1/auth/login');
      void (userAgent === undefined ? login.unset('user-agent') : login.set('user-agent', userAgent));
      ada.take((await login.send({ identifier: ada.username, password: ada.password }).expect(200)).body);
      expect(await sessionsOf(ada)).toMatchObject([{ device }]);
    });

    it('newest first, the caller’s marked, and nobody else’s', async () => {
      const ada = await Person.signedIn(app);
      const second = await elsewhere(ada);
      const third = await elsewhere(ada);
      await Person.signedIn(app);
      const ids = [third, second, ada].map(({ sessionId }) => sessionId);
      expect((await sessionsOf(second)).map(({ id, current }) => [id, current])).toEqual(
        ids.map((id) => [id, id === second.sessionId]),
      );
    });

    it('page by page', async () => {
      const ada = await Person.signedIn(app);
      for (let times = 0; times < 4; times++) await elsewhere(ada);
      const all = (await sessionsOf(ada)).map(({ id }) => id);
      expect(all).toHaveLength(5);
      const paged: string[] = [];
      let cursor: string | null = null;
      do {
        const query: string = cursor === null ? '?limit=2' : `?limit=2&cursor=${cursor}`;
        const { body } = await ada.get(`/v1/sessions${query}`, ada.accessToken).expect(200);
        expect(body.items.length).toBe(paged.length === 4 ? 1 : 2);
        paged.push(...body.items.map(({ id }: Listed) => id));
        cursor = body.nextCursor as string | null;
      } while (cursor !== null);
      expect(paged).toEqual(all);
      // A whole last page has nothing after it.
      expect((await ada.get('/v1/sessions?limit=5', ada.accessToken).expect(200)).body.nextCursor).toBeNull();
    });

    it('with no ear for a limit or a cursor of somebody’s making', async () => {
      const ada = await Person.signedIn(app);
      const foreign = Buffer.from('1; DROP TABLE sessions').toString('base64url');
      for (const query of [
        'limit=0',
        'limit=201',
        'limit=-1',
        'limit=1e1',
        'limit=',
        'limit=1&limit=2',
        'cursor=',
        'cursor=nonsense',
        `cursor=${foreign}`,
        'cursor=%00',
        'offset=1',
      ]) {
        await refused(ada.get(`/v1/sessions?${query}`, ada.accessToken), 400, 'validation_failed');
      }
      await ada.get('/v1/sessions?limit=200', ada.accessToken).expect(200);
    });

    it('without those that wait for a second factor, have ended or are too old', async () => {
      const ada = await Person.withApp(app);
      await elsewhere(ada); // half-way
      const ended = ada.elsewhere();
      await ended.loginWithApp();
      await ended.post('/v1/auth/logout', {}, ended.accessToken).expect(204);
      expect((await sessionsOf(ada)).map(({ id }) => id)).toEqual([ada.sessionId]);

      const idle = await Person.signedIn(app);
      app.clock.advance(7 * 86_400);
      const fresh = await elsewhere(idle);
      expect((await sessionsOf(fresh)).map(({ id }) => id)).toEqual([fresh.sessionId]);
    });

    it('with the assurance that their next token would have', async () => {
      const ada = await Person.withApp(app);
      const other = ada.elsewhere();
      await other.loginWithApp();
      const assurance = async () => (await sessionsOf(ada)).map(({ id, acr, amr }) => ({ id, acr, amr }));
      const strong = { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] };
      const weak = { acr: 'aal1', amr: ['pwd'] };
      expect(await assurance()).toEqual([
        { id: other.sessionId, ...strong },
        { id: ada.sessionId, ...strong },
      ]);

      // One goes on, the other is idle for longer than a second factor holds.
      app.clock.advance(1800);
      ada.take((await ada.refresh().expect(200)).body);
      app.clock.advance(1801);
      ada.take((await ada.refresh().expect(200)).body);
      expect(await assurance()).toEqual([
        { id: other.sessionId, ...weak },
        { id: ada.sessionId, ...strong },
      ]);
      const { body } = await other.refresh().expect(200);
      expect(readJws(body.accessToken as string).payload).toMatchObject(weak);
      expect(await assurance()).toMatchObject([weak, strong]);
    });

    it('and ended by access tokens only', async () => {
      const ada = await Person.withApp(app);
      const half = await elsewhere(ada);
      for (const [method, path] of [
        ['get', '/v1/sessions'],
        ['delete', '/v1/sessions'],
        ['delete', `/v1/sessions/${ada.sessionId}`],
      ] as const) {
        await refused(half.send(method, path, half.mfaToken), 401, 'token_invalid');
        await refused(half.send(method, path), 401, 'token_missing');
      }
      await ada.get('/v1/payouts', ada.accessToken).expect(200);
    });
  });

  describe('end', () => {
    it('one at a time, access tokens included, and with a record', async () => {
      const ada = await Person.signedIn(app);
      const second = await elsewhere(ada);
      const third = await elsewhere(ada);
      await ada.delete(`/v1/sessions/${second.sessionId}`, ada.accessToken).expect(204, {});
      await expectOver(app, second);
      await third.refresh().expect(200);
      expect((await sessionsOf(ada)).map(({ id }) => id)).toEqual([third.sessionId, ada.sessionId]);
      expect(await eventsOf(readJws(ada.accessToken).payload['sub'])).toEqual([
        {
          type: 'session.ended',
          outcome: 'success',
          session_id: ada.sessionId,
          ip: '127.0.0.1',
          details: { endedSessionIds: [second.sessionId] },
        },
      ]);
    });

    it('the current one, too', async () => {
      const ada = await Person.signedIn(app);
      await ada.delete(`/v1/sessions/${ada.sessionId}`, ada.accessToken).expect(204);
      await expectOver(app, ada);
    });

    it('a half sign-in, too: its MFA token is worth nothing any more', async () => {
      const ada = await Person.withApp(app);
      const half = await elsewhere(ada);
      const challenge = await half.challenge();
      const { sid } = readJws(half.mfaToken).payload;
      await ada.delete(`/v1/sessions/${String(sid)}`, ada.accessToken).expect(204);
      await refused(half.verify(challenge, ada.authenticator.code()), 401, 'token_invalid');
    });

    it('never somebody else’s, an unknown one, nor one that is over', async () => {
      const ada = await Person.signedIn(app);
      const eve = await Person.signedIn(app);
      const over = await elsewhere(eve);
      await over.post('/v1/auth/logout', {}, over.accessToken).expect(204);
      for (const id of [ada.sessionId, '019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11', 'nonsense', over.sessionId]) {
        await refused(eve.delete(`/v1/sessions/${id}`, eve.accessToken), 404, 'not_found');
      }
      await ada.get('/v1/payouts/limits', ada.accessToken).expect(200);
      await ada.refresh().expect(200);
      expect(await eventsOf(readJws(eve.accessToken).payload['sub'])).toEqual([]);

      const bob = await Person.signedIn(app);
      const idle = bob.sessionId;
      app.clock.advance(7 * 86_400);
      await bob.login();
      await refused(bob.delete(`/v1/sessions/${idle}`, bob.accessToken), 404, 'not_found');
    });

    it('all but the current one, half sign-ins included', async () => {
      const ada = await Person.withApp(app);
      const second = ada.elsewhere();
      await second.loginWithApp();
      const half = await elsewhere(ada);
      const challenge = await half.challenge();
      const stranger = await Person.signedIn(app);
      await ada.delete('/v1/sessions', ada.accessToken).expect(204, {});
      await expectOver(app, second);
      await refused(half.verify(challenge, ada.authenticator.code()), 401, 'token_invalid');
      expect((await sessionsOf(ada)).map(({ id }) => id)).toEqual([ada.sessionId]);
      await ada.refresh().expect(200);
      await stranger.refresh().expect(200);
      const [event, ...more] = await eventsOf(readJws(ada.accessToken).payload['sub']);
      expect(event).toMatchObject({ session_id: ada.sessionId, details: { endedSessionIds: expect.any(Array) } });
      expect((event?.details as { endedSessionIds: string[] }).endedSessionIds).toContain(second.sessionId);
      expect(more).toEqual([]);
      // Nothing left to end: nothing to record.
      await ada.delete('/v1/sessions', ada.accessToken).expect(204);
      expect(await eventsOf(readJws(ada.accessToken).payload['sub'])).toHaveLength(1);
    });

    it('all but the current one, and no second time those that are over', async () => {
      const ada = await Person.signedIn(app);
      const idle = ada.sessionId;
      app.clock.advance(7 * 86_400);
      await ada.login();
      await ada.delete('/v1/sessions', ada.accessToken).expect(204);
      const { sub } = readJws(ada.accessToken).payload;
      expect(await eventsOf(sub)).toEqual([]);
      const live = await elsewhere(ada);
      await ada.delete('/v1/sessions', ada.accessToken).expect(204);
      expect(await eventsOf(sub)).toMatchObject([{ details: { endedSessionIds: [live.sessionId] } }]);
      const { schema } = app.nest.get(DatabaseSettings, { strict: false });
      const ended = await app.nest
        .get(DataSource)
        .query<{ id: string }[]>(
          `SELECT id FROM "${schema}"."sessions" WHERE id IN ($1, $2) AND revoked_at IS NOT NULL`,
          [idle, live.sessionId],
        );
      expect(ended).toEqual([{ id: live.sessionId }]);
    });
  });
});

describe('The limits of a session', () => {
  const IDLE = 200;
  const MAX_AGE = 500;
  const TTL = 120;
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({
      env: {
        DOCS: 'off',
        SESSION_IDLE_TIMEOUT: String(IDLE),
        SESSION_MAX_AGE: String(MAX_AGE),
        ACCESS_TOKEN_TTL: String(TTL),
      },
    });
  });
  afterAll(() => app.close());

  it('it lives until one second before it was idle for too long', async () => {
    const ada = await Person.signedIn(app);
    app.clock.advance(IDLE - 1);
    await ada.refresh().expect(200);
  });

  it.each([0, 1])('it is over %d s after', async (late) => {
    const ada = await Person.signedIn(app);
    app.clock.advance(IDLE + late);
    await refused(ada.refresh(), 401, 'invalid_refresh_token');
  });

  it('it is over at its absolute end, however much it is used, and says beforehand', async () => {
    const ada = await Person.signedIn(app);
    const left = [];
    for (const seconds of [150, 150, 150, 49]) {
      app.clock.advance(seconds);
      const { body } = await ada.refresh().expect(200);
      left.push(body.refreshExpiresIn);
      ada.take(body);
    }
    // The nearer of the two ends.
    expect(left).toEqual([IDLE, IDLE, 50, 1]);
    app.clock.advance(1);
    await refused(ada.refresh(), 401, 'invalid_refresh_token');
  });

  it('no access token outlives it, by whichever way it was given', async () => {
    const ada = await Person.withApp(app); // 30 s old
    app.clock.advance(IDLE - 31);
    ada.take((await ada.refresh().expect(200)).body);
    app.clock.advance(IDLE - 1);
    const before = await ada.refresh().expect(200);
    expect(before.body).toMatchObject({ expiresIn: 102, refreshExpiresIn: 102 });
    ada.take(before.body);
    app.clock.advance(2);
    const { payload } = readJws(ada.accessToken);
    const end = Number(payload['exp']);

    const challenge = await ada.challenge(ada.accessToken);
    const verified = await ada.verify(challenge, ada.authenticator.code(), ada.accessToken).expect(200);
    expect(verified.body).toMatchObject({ expiresIn: 100, refreshExpiresIn: 100 });
    expect(readJws(verified.body.accessToken as string).payload).toMatchObject({ exp: end });
    app.clock.advance(99);
    await ada.get('/v1/payouts/limits', verified.body.accessToken as string).expect(200);
    app.clock.advance(1);
    await refused(ada.get('/v1/payouts/limits', verified.body.accessToken as string), 401, 'token_invalid');
  });

  it('a second factor and a password come too late as well', async () => {
    const ada = await Person.withApp(app);
    app.clock.advance(IDLE - 31);
    const { body } = await ada.reauthenticate((await ada.refresh().expect(200)).body.accessToken as string).expect(200);
    const challenge = await ada.challenge(body.mfaToken as string);
    app.clock.advance(IDLE);
    await refused(ada.verify(challenge, ada.authenticator.code(), body.mfaToken as string), 401, 'token_invalid');
  });
});

describe('A session whose idle time is hardly longer than an access token', () => {
  it('gives no access token that outlives it to a refresh that moves no clock', async () => {
    const app = await startTestApp({ env: { DOCS: 'off', SESSION_IDLE_TIMEOUT: '301', ACCESS_TOKEN_TTL: '300' } });
    try {
      const ada = await Person.signedIn(app);
      const { body } = await ada.refresh().expect(200);
      expect(body).toMatchObject({ expiresIn: 300, refreshExpiresIn: 301 });
      app.clock.advance(29);
      // The token before, within its grace: two tabs, a lost answer.
      const again = (await ada.refresh().expect(200)).body;
      expect(again).toMatchObject({ refreshToken: body.refreshToken, expiresIn: 272, refreshExpiresIn: 272 });
      app.clock.advance(271);
      await ada.get('/v1/sessions', again.accessToken as string).expect(200);
      app.clock.advance(1);
      await refused(ada.get('/v1/sessions', again.accessToken as string), 401, 'token_invalid');
    } finally {
      await app.close();
    }
  });
});
