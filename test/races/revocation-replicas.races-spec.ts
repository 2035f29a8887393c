import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import request from 'supertest';
import { SystemClock } from '../../src/platform/clock/clock';
import { Authenticator } from '../support/authenticator';
import { ChildServer } from '../support/child-server';
import { requirePostgres, type TestDatabase, testDatabase } from '../support/database';
import { freePort } from '../support/free-port';
import { readJws } from '../support/jws';
import { OwnRedis } from '../support/own-redis';
import { PostgresProxy } from '../support/postgres-proxy';
import { refused } from '../support/refused';
import { TYPESCRIPT } from '../support/typescript';

// Three replicas by the clock on the wall: what is tested is how soon the others know what one did.
jest.setTimeout(180_000);

/** Within this time every replica refuses what was revoked, whatever else is down. */
const EVERYWHERE_MS = 1500;
/** And in this one, in the middle of several, where a Redis tells them. */
const AT_ONCE_MS = 100;
const PASSWORD = 'a loom that weaves algebra';
const ACCOUNT_COMMAND = join(__dirname, '..', '..', 'src', 'cli', 'account.ts');

interface SignedIn {
  readonly username: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly session: { readonly id: string };
}

let people = 0;

async function login(server: ChildServer, username: string): Promise<SignedIn> {
  const { status, body } = await request(server.url)
    .post('/v1/auth/login')
    .send({ identifier: username, password: PASSWORD });
  expect(status).toBe(200);
  return { username, ...(body as Omit<SignedIn, 'username'>) };
}

async function signIn(server: ChildServer): Promise<SignedIn> {
  const username = `person-${++people}`;
  await request(server.url).post('/v1/auth/register').send({ username, password: PASSWORD }).expect(201);
  return login(server, username);
}

function call(server: ChildServer, { accessToken }: SignedIn) {
  return request(server.url).get('/v1/payouts/limits').auth(accessToken, { type: 'bearer' });
}

function logout(server: ChildServer, { refreshToken }: SignedIn) {
  return request(server.url).post('/v1/auth/logout').send({ refreshToken }).expect(204);
}

/** @returns the access token of somebody with the role `admin` and a second factor that was verified just now */
async function administrator(server: ChildServer): Promise<string> {
  const { accessToken, refreshToken } = await signIn(server);
  const ask = (path: string, body: object) =>
    request(server.url).post(path).auth(accessToken, { type: 'bearer' }).send(body);
  const { body } = await ask('/v1/mfa/factors', { type: 'totp' }).expect(201);
  const code = new Authenticator(body.enrollment.secret as string, new SystemClock()).code();
  const activated = await ask(`/v1/mfa/factors/${body.factor.id}/activate`, { code }).expect(200);
  expect(activated.body.auth.refreshToken).not.toBe(refreshToken);
  const { sub } = readJws(accessToken).payload;
  await postgres.query(`UPDATE "${schema}"."users" SET roles = '{user,admin}' WHERE id = $1`, [sub]);
  const refreshed = await request(server.url)
    .post('/v1/auth/refresh')
    .send({ refreshToken: activated.body.auth.refreshToken as string })
    .expect(200);
  return refreshed.body.accessToken as string;
}

/** Asks until the answer has this status. @returns after how many milliseconds it had, at most ten seconds */
async function answersAfter(server: ChildServer, who: SignedIn, status: number): Promise<number> {
  const began = performance.now();
  while ((await call(server, who)).status !== status && performance.now() - began < 10_000) await sleep(5);
  return performance.now() - began;
}

/** How long after a logout on the first replica each of the others refuses the token. */
async function spread([here, ...others]: readonly [ChildServer, ...ChildServer[]]): Promise<number[]> {
  const ada = await signIn(here);
  for (const server of others) await call(server, ada).expect(200); // known there, from memory
  await logout(here, ada);
  const times = await Promise.all(others.map((server) => answersAfter(server, ada, 401)));
  for (const server of [here, ...others]) await refused(call(server, ada), 401, 'token_invalid');
  return times;
}

async function spreads(servers: readonly [ChildServer, ...ChildServer[]], rounds: number): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(...(await spread(servers)));
  return times.sort((a, b) => a - b);
}

const median = (sorted: readonly number[]) => sorted[sorted.length >> 1]!;
const redisLines = ({ log }: ChildServer) => log.filter((line) => /Redis (cannot be used|is used again)/.test(line));

async function start(env: Record<string, string>): Promise<[ChildServer, ChildServer, ChildServer]> {
  return Promise.all([ChildServer.start(env), ChildServer.start(env), ChildServer.start(env)]);
}

async function stop(servers: readonly ChildServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}

let database: TestDatabase;
let postgres: Client;
let env: Record<string, string>;
let schema: string;

beforeAll(async () => {
  requirePostgres();
  database = await testDatabase();
  schema = database.env['DATABASE_SCHEMA']!;
  env = { ...database.env, ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}` };
  postgres = new Client({ connectionString: database.env['DATABASE_URL'] });
  await postgres.connect();
});
afterAll(async () => {
  await postgres.end();
  await database.drop();
});

describe('Three replicas without Redis', () => {
  let servers: [ChildServer, ChildServer, ChildServer];

  beforeAll(async () => {
    servers = await start(env);
  });
  afterAll(() => stop(servers));

  it('refuse a session that ended on one of them', async () => {
    expect((await spreads(servers, 5)).at(-1)).toBeLessThan(EVERYWHERE_MS);
  });

  it('refuse every token of rights that have changed, whenever it was minted, and no token of the new ones', async () => {
    const [here, there] = servers;
    const { username } = await signIn(here);
    const child = spawn(process.execPath, [...TYPESCRIPT, ACCOUNT_COMMAND, 'roles', username, 'payouts_approver'], {
      env: { PATH: process.env['PATH'], NODE_ENV: 'test', ...env },
      stdio: 'inherit',
    });
    const ended = once(child, 'exit');
    const minted: SignedIn[] = [];
    while (child.exitCode === null)
      minted.push(...(await Promise.all([login(here, username), login(there, username)])));
    expect(await ended).toEqual([0, null]);
    minted.push(await login(here, username), await login(there, username));
    await sleep(EVERYWHERE_MS);

    const seen = { old: 0, new: 0 };
    for (const each of minted) {
      const { ver, roles } = readJws(each.accessToken).payload;
      seen[ver === 1 ? 'old' : 'new']++;
      expect(roles).toEqual(ver === 1 ? ['user'] : ['user', 'payouts_approver']);
      for (const server of servers) await call(server, each).expect(ver === 1 ? 401 : 200);
    }
    expect(seen).toEqual({ old: expect.any(Number), new: expect.any(Number) });
    expect(Math.min(seen.old, seen.new)).toBeGreaterThan(0);
  });

  it('refuse whose roles an administrator changes, or the role itself, or who is disabled or deleted, on one of them', async () => {
    const [here, ...others] = servers;
    const token = await administrator(here);
    const ask = (method: 'put' | 'patch' | 'delete', path: string, body: object) =>
      request(here.url)[method](path).auth(token, { type: 'bearer' }).send(body);
    await ask('put', '/v1/admin/roles/keeper', { permissions: ['keys:read'] }).expect(200);
    const holder = async () => {
      const ada = await signIn(here);
      const id = readJws(ada.accessToken).payload['sub'] as string;
      await ask('patch', `/v1/admin/users/${id}`, { roles: ['user', 'keeper'] }).expect(200);
      return { id, ...(await login(here, ada.username)) };
    };
    const acts: ((id: string) => PromiseLike<{ status: number }>)[] = [
      (id) => ask('patch', `/v1/admin/users/${id}`, { roles: ['user'] }),
      (id) => ask('patch', `/v1/admin/users/${id}`, { status: 'disabled' }),
      (id) => ask('delete', `/v1/admin/users/${id}`, {}),
      () => ask('put', '/v1/admin/roles/keeper', { permissions: ['keys:read', 'keys:write'] }),
      () => ask('delete', '/v1/admin/roles/keeper', {}),
    ];
    for (const act of acts) {
      const ada = await holder();
      for (const server of servers) await call(server, ada).expect(200); // known there, from memory
      expect((await act(ada.id)).status).toBeLessThan(300);
      await call(here, ada).expect(401);
      const times = await Promise.all(others.map((server) => answersAfter(server, ada, 401)));
      expect(Math.max(...times)).toBeLessThan(EVERYWHERE_MS);
    }
  });

  it('know, when one starts later, all that is revoked', async () => {
    const [here] = servers;
    const gone = await Promise.all([signIn(here), signIn(here), signIn(here)]);
    const bob = await signIn(here);
    for (const each of gone) await logout(here, each);
    const late = await ChildServer.start(env);
    try {
      for (const each of gone) await refused(call(late, each), 401, 'token_invalid');
      await call(late, bob).expect(200);
    } finally {
      await late.stop();
    }
  });

  it('read everything again on a new connection: a server that took over may number transactions lower', async () => {
    const people = await Promise.all(servers.map(signIn));
    for (const [at, server] of servers.entries()) await call(server, people[at]!).expect(200);
    await sleep(EVERYWHERE_MS); // every horizon is above all that was done until now
    await postgres.query(
      `INSERT INTO "${schema}"."revocations" (xid, kind, subject, expires_at)
       SELECT '3', 'session', unnest($1::text[]), now() + interval '2 hours'`,
      [people.map(({ session }) => session.id)],
    );
    const { rows: ended } = await postgres.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE query LIKE '%pg_snapshot_xmin%' AND strpos(query, $1) > 0 AND state = 'idle'`,
      [schema],
    );
    expect(ended).toHaveLength(3);
    const times = await Promise.all(servers.map((server, at) => answersAfter(server, people[at]!, 401)));
    expect(Math.max(...times)).toBeLessThan(EVERYWHERE_MS);
  });

  it('refuse, last of all, what a revoked signing key made', async () => {
    const [here] = servers;
    const ada = await signIn(here);
    for (const server of servers) await call(server, ada).expect(200);
    const insert = `INSERT INTO "${schema}"."revocations" (kind, subject, expires_at) VALUES ('key', $1, now() + $2::interval)`;
    const kid = readJws(ada.accessToken).header['kid'] as string;
    await postgres.query(insert, [kid, '2 hours']);
    for (const server of servers) expect(await answersAfter(server, ada, 401)).toBeLessThan(EVERYWHERE_MS);
    await postgres.query(`DELETE FROM "${schema}"."revocations" WHERE kind = 'key'`); // for the replicas that start later
  });
});

describe('Three replicas with Redis', () => {
  let redis: OwnRedis;
  let servers: [ChildServer, ChildServer, ChildServer];
  let mute: AddressInfo;
  const muteServer = createServer().unref();

  beforeAll(async () => {
    await once(muteServer.listen(0, '127.0.0.1'), 'listening');
    mute = muteServer.address() as AddressInfo;
    redis = new OwnRedis(await freePort(), 'swordfish');
    await redis.start();
    servers = await start({ ...env, REDIS_URL: redis.url });
  });
  afterAll(async () => {
    await stop(servers);
    await redis.kill();
    muteServer.close();
  });

  /** @returns the URL of a user of this Redis with these rights beside those to all commands and keys */
  async function asUser(name: string, rights: readonly string[]): Promise<string> {
    const admin = new Redis(redis.url);
    await admin.acl('SETUSER', name, 'reset', 'on', '>marlin', '~*', '+@all', ...rights);
    await admin.quit();
    return redis.url.replace(':swordfish', `${name}:marlin`);
  }

  it('refuse at once what ended on one of them, and say nothing secret', async () => {
    const listener = new Redis(redis.url);
    const heard: [string, string][] = [];
    listener.on('pmessage', (_pattern: string, channel: string, message: string) => heard.push([channel, message]));
    await listener.psubscribe('*');
    const times = await spreads(servers, 9);
    expect(median(times)).toBeLessThan(AT_ONCE_MS);
    expect(times.at(-1)).toBeLessThan(EVERYWHERE_MS);
    await listener.quit();
    expect(heard).toHaveLength(9);
    expect(new Set(heard.map(([channel]) => channel)).size).toBe(1);
    for (const [channel, message] of heard) {
      expect(channel).toMatch(/^countersign:revocations:[0-9a-f]{16}$/);
      expect(message).toMatch(/^[0-9a-f-]{36}$/); // the process, not the session
    }
  });

  it('ask the database no oftener for a flood of hints, whoever sends them', async () => {
    const proxy = await PostgresProxy.to(database.env['DATABASE_URL']!);
    const server = await ChildServer.start({ ...env, DATABASE_URL: proxy.url, REDIS_URL: redis.url });
    const attacker = new Redis(redis.url);
    try {
      await sleep(500);
      const [channel] = (await attacker.pubsub('CHANNELS', 'countersign:*')) as [string];
      proxy.queries.length = 0;
      const began = performance.now();
      while (performance.now() - began < 2000) {
        await Promise.all(
          Array.from({ length: 500 }, () => attacker.publish(channel, 'news! session 42 is fine again')),
        );
      }
      const seconds = (performance.now() - began) / 1000;
      const polls = proxy.queries.filter((text) => text.includes('pg_snapshot_xmin')).length;
      expect(polls).toBeGreaterThan(5 * seconds); // they are followed
      expect(polls).toBeLessThan(25 * seconds);
      await call(server, await signIn(server)).expect(200);
    } finally {
      await attacker.quit();
      await server.stop();
      await proxy.cut();
    }
  });

  it('stay as safe and as quick to answer when Redis hangs, dies and comes back', async () => {
    for (const takeAway of [
      () => {
        redis.hang();
        return Promise.resolve();
      },
      () => redis.kill(),
    ]) {
      await takeAway();
      const began = performance.now();
      const ada = await signIn(servers[0]);
      await logout(servers[0], ada);
      expect(performance.now() - began).toBeLessThan(1000); // three requests that wait for no Redis
      expect((await spreads(servers, 5)).at(-1)).toBeLessThan(EVERYWHERE_MS);
      for (const server of servers) await request(server.url).get('/health/ready').expect(200);
    }
    await redis.start();
    await sleep(6000);
    expect(median(await spreads(servers, 5))).toBeLessThan(AT_ONCE_MS);
    for (const server of servers) {
      const lines = redisLines(server);
      expect(lines.map((line) => /cannot|again/.exec(line)?.[0])).toEqual(['cannot', 'again']);
      expect(lines.join()).not.toContain('swordfish');
    }
  });

  it.each([
    ['is down', () => freePort().then((port) => `redis://127.0.0.1:${port}`)],
    ['takes another password', () => Promise.resolve(redis.url.replace('swordfish', 'marlin'))],
    ['wants a password', () => Promise.resolve(redis.url.replace(':swordfish@', ''))],
    ['lets the user have no channel', () => asUser('alone', ['resetchannels'])],
    ['lets the user listen and not speak', () => asUser('mute', ['allchannels', '-publish'])],
    ['lets the user speak and not listen', () => asUser('deaf', ['allchannels', '-subscribe'])],
    ['takes connections and never answers', () => Promise.resolve(`redis://127.0.0.1:${mute.port}`)],
  ])('start and serve where Redis %s, and say so once', async (_what, urlOf) => {
    const REDIS_URL = await urlOf();
    const server = await ChildServer.start({ ...env, REDIS_URL });
    try {
      await spread([server, servers[0]]);
      await sleep(7000); // several tries
      await request(server.url).get('/health/ready').expect(200);
      const times = await spread([server, servers[0]]);
      expect(Math.max(...times)).toBeLessThan(EVERYWHERE_MS);
      expect(redisLines(server)).toHaveLength(1);
      expect(server.log.join('\n')).not.toContain('marlin');
    } finally {
      await server.stop();
    }
  });
});

describe('Replicas that PostgreSQL is far from', () => {
  let proxy: PostgresProxy;
  let server: ChildServer;

  beforeAll(async () => {
    proxy = await PostgresProxy.to(database.env['DATABASE_URL']!);
    server = await ChildServer.start({ ...env, DATABASE_URL: proxy.url });
  });
  afterAll(async () => {
    await proxy.heal();
    await server.stop();
    await proxy.cut();
  });

  it('ask it nothing to guard a request', async () => {
    const ada = await signIn(server);
    await call(server, ada).expect(200);
    await sleep(200);
    proxy.queries.length = 0;
    const began = performance.now();
    for (let batch = 0; batch < 50; batch++) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => call(server, ada)));
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    }
    await sleep(1100);
    const isPoll = (text: string) => text.includes('pg_snapshot_xmin');
    expect(proxy.queries.filter(isPoll).length).toBeGreaterThan(0); // the count itself works
    // So are the keys, once a second, however many requests there are.
    const readsKeys = (text: string) => text.includes('FROM "') && text.includes('"."signing_keys"');
    const seconds = (performance.now() - began) / 1000;
    expect(proxy.queries.filter(readsKeys).length).toBeLessThanOrEqual(seconds + 2);
    // What else there is belongs to the sealer and the outbox: by the clock, and of no table that says who somebody is.
    const others = proxy.queries.filter((text) => !isPoll(text) && !readsKeys(text));
    const isBackground = (text: string) =>
      /^(START TRANSACTION|COMMIT|SELECT pg_try_advisory_xact_lock)\b/.test(text) ||
      /"\."(audit_\w+|outbox)"/.test(text);
    expect(others.filter((text) => !isBackground(text))).toEqual([]);
    expect(others.length).toBeLessThanOrEqual(10 * (seconds + 2));
  });

  it.each([
    ['refuses connections', () => proxy.cut()],
    [
      'gives no answer',
      () => {
        proxy.hang();
        return Promise.resolve();
      },
    ],
  ])('let nobody in once it %s for five seconds, and everybody when it is back', async (_what, takeAway) => {
    const ada = await signIn(server);
    const bob = await signIn(server);
    await call(server, ada).expect(200);
    await takeAway();
    const closedAfter = await answersAfter(server, ada, 503);
    expect(closedAfter).toBeGreaterThan(3500);
    expect(closedAfter).toBeLessThan(5500);
    const { headers, body } = await call(server, ada).expect(503);
    expect(body).toMatchObject({ code: 'unavailable', retryAfter: 5 });
    expect(headers['retry-after']).toBe('5');
    await request(server.url).get('/.well-known/jwks.json').expect(200);
    await request(server.url).get('/health/live').expect(200);
    const asked = performance.now();
    await refused(request(server.url).get('/health/ready'), 503, 'unavailable');
    expect(performance.now() - asked).toBeLessThan(3000);

    // What is revoked in the meantime counts as soon as anybody is let in.
    await postgres.query(
      `INSERT INTO "${schema}"."revocations" (kind, subject, expires_at) VALUES ('session', $1, now() + interval '2 hours')`,
      [bob.session.id],
    );
    await sleep(4000);
    await call(server, ada).expect(503);
    await proxy.heal();
    expect(await answersAfter(server, ada, 200)).toBeLessThan(6000);
    await refused(call(server, bob), 401, 'token_invalid');
    await request(server.url).get('/health/ready').expect(200);
    await call(server, await signIn(server)).expect(200);
  });
});
