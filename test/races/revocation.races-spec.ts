import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import request from 'supertest';
import { SystemClock } from '../../src/platform/clock/clock';
import { Authenticator } from '../support/authenticator';
import { ChildServer } from '../support/child-server';
import { requirePostgres, type TestDatabase, testDatabase } from '../support/database';
import { refused } from '../support/refused';

// Real replicas by the clock on the wall: what is tested is how soon one knows what another did.
jest.setTimeout(120_000);

/** Within this time every replica refuses what was revoked. */
const EVERYWHERE_MS = 1500;
const PASSWORD = 'a loom that weaves algebra';

interface SignedIn {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly session: { readonly id: string };
}

describe('Revocation over replicas', () => {
  let database: TestDatabase;
  let postgres: Client;
  let here: ChildServer;
  let there: ChildServer;
  let env: Record<string, string>;
  let table: string;
  let people = 0;

  beforeAll(async () => {
    requirePostgres();
    database = await testDatabase();
    env = { ...database.env, ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}` };
    table = `"${database.env['DATABASE_SCHEMA']!}"."revocations"`;
    postgres = new Client({ connectionString: database.env['DATABASE_URL'] });
    await postgres.connect();
    [here, there] = await Promise.all([ChildServer.start(env), ChildServer.start(env)]);
  });
  afterAll(async () => {
    await Promise.all([here, there].map((server) => server.stop()));
    await postgres.end();
    await database.drop();
  });

  async function signIn(server = here): Promise<SignedIn & { username: string }> {
    const username = `person-${++people}`;
    await request(server.url).post('/v1/auth/register').send({ username, password: PASSWORD }).expect(201);
    return { ...((await login(server, username)) as unknown as SignedIn), username };
  }

  async function login(server: ChildServer, identifier: string): Promise<Record<string, unknown>> {
    const { body } = await request(server.url)
      .post('/v1/auth/login')
      .send({ identifier, password: PASSWORD })
      .expect(200);
    return body as Record<string, unknown>;
  }

  function call(server: ChildServer, { accessToken }: SignedIn) {
    return request(server.url).get('/v1/payouts/limits').auth(accessToken, { type: 'bearer' });
  }

  function logout(server: ChildServer, { refreshToken }: SignedIn) {
    return request(server.url).post('/v1/auth/logout').send({ refreshToken }).expect(204);
  }

  /** Asks until it is refused. @returns after how many milliseconds */
  async function refusedAfter(server: ChildServer, who: SignedIn): Promise<number> {
    const began = performance.now();
    while ((await call(server, who)).status !== 401) {
      if (performance.now() - began > 10_000) break;
      await sleep(20);
    }
    return performance.now() - began;
  }

  it('refuses at once where it was revoked, and on every other replica in a moment', async () => {
    for (let round = 0; round < 3; round++) {
      const ada = await signIn();
      await call(there, ada).expect(200); // known there, from memory
      await logout(here, ada);
      await refused(call(here, ada), 401, 'token_invalid');
      expect(await refusedAfter(there, ada)).toBeLessThan(EVERYWHERE_MS);
      await refused(
        request(there.url).post('/v1/auth/refresh').send({ refreshToken: ada.refreshToken }),
        401,
        'invalid_refresh_token',
      );
    }
  });

  it('refuses every other session of an account whose factor was dropped, on every replica', async () => {
    const ada = await signIn();
    const post = (server: ChildServer, path: string, token: string, body: object = {}) =>
      request(server.url).post(path).auth(token, { type: 'bearer' }).send(body);
    const begun = await post(here, '/v1/mfa/factors', ada.accessToken, { type: 'totp' }).expect(201);
    const { factor, enrollment } = begun.body as { factor: { id: string }; enrollment: { secret: string } };
    const code = new Authenticator(enrollment.secret, new SystemClock()).code();
    const path = `/v1/mfa/factors/${factor.id}`;
    const { body } = await post(here, `${path}/activate`, ada.accessToken, { code }).expect(200);
    const { accessToken } = body.auth as SignedIn;

    // The same person elsewhere, with a second factor too.
    const half = await login(there, ada.username);
    const { id: factorId } = (half.factors as { id: string; type: string }[]).find(({ type }) => type !== 'totp')!;
    const mfaToken = half.mfaToken as string;
    const challenge = await post(there, '/v1/mfa/challenges', mfaToken, { factorId }).expect(201);
    const answer = { code: (body.recoveryCodes as string[])[0] };
    const verify = `/v1/mfa/challenges/${challenge.body.id as string}/verify`;
    const elsewhere = (await post(there, verify, mfaToken, answer).expect(200)).body as SignedIn;
    await call(there, elsewhere).expect(200);

    await request(here.url).delete(path).auth(accessToken, { type: 'bearer' }).expect(204);
    await refused(call(here, elsewhere), 401, 'token_invalid');
    expect(await refusedAfter(there, elsewhere)).toBeLessThan(EVERYWHERE_MS);
    await refused(
      request(there.url).post('/v1/auth/refresh').send({ refreshToken: elsewhere.refreshToken }),
      401,
      'invalid_refresh_token',
    );
    await request(there.url).get('/v1/payouts/limits').auth(accessToken, { type: 'bearer' }).expect(200);
  });

  it('misses none whose transaction committed long after it began', async () => {
    const ada = await signIn();
    const bob = await signIn(there);
    await call(there, ada).expect(200);
    const slow = new Client({ connectionString: database.env['DATABASE_URL'] });
    await slow.connect();
    try {
      await slow.query('BEGIN');
      await slow.query(
        `INSERT INTO ${table} (kind, subject, expires_at) VALUES ('session', $1, now() + interval '2 hours')`,
        [ada.session.id],
      );
      // Others come and go, and each replica polls past this transaction's id.
      for (let seconds = 0; seconds < 5; seconds++) {
        await logout(here, await signIn());
        await sleep(1000);
      }
      await call(there, ada).expect(200);
      await slow.query('COMMIT');
      expect(await refusedAfter(there, ada)).toBeLessThan(EVERYWHERE_MS);
      expect(await refusedAfter(here, ada)).toBeLessThan(EVERYWHERE_MS);
    } finally {
      await slow.end();
    }
    await call(here, bob).expect(200);
  });

  it('is known to a replica that starts later', async () => {
    const ada = await signIn();
    const bob = await signIn();
    await logout(here, ada);
    const late = await ChildServer.start(env);
    try {
      await refused(call(late, ada), 401, 'token_invalid');
      await call(late, bob).expect(200);
    } finally {
      await late.stop();
    }
  });

  it('goes on when the connection that reads it is cut', async () => {
    const ada = await signIn();
    await call(there, ada).expect(200);
    const cut = await postgres.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'countersign' AND query LIKE '%pg_snapshot_xmin%' AND query LIKE $1`,
      [`%${database.env['DATABASE_SCHEMA']!}%`],
    );
    expect(cut.rowCount).toBe(2);
    await logout(here, ada);
    expect(await refusedAfter(there, ada)).toBeLessThan(2 * EVERYWHERE_MS);
    await call(there, await signIn(there)).expect(200);
  });

  it('lets nobody in once it cannot be read for five seconds, and everybody as soon as it can', async () => {
    const ada = await signIn();
    await call(there, ada).expect(200);
    const name = table.split('.')[1]!;
    await postgres.query(`ALTER TABLE ${table} RENAME TO "elsewhere"`);
    try {
      await sleep(3500);
      await call(there, ada).expect(200);
      await sleep(3000);
      for (const server of [here, there]) {
        await refused(call(server, ada), 503, 'unavailable');
        await request(server.url).get('/health/ready').expect(503);
        await request(server.url).get('/health/live').expect(200);
      }
    } finally {
      await postgres.query(`ALTER TABLE ${table.replace(name, '"elsewhere"')} RENAME TO ${name}`);
    }
    await sleep(EVERYWHERE_MS);
    for (const server of [here, there]) await call(server, ada).expect(200);
  });
});
