import request from 'supertest';
import { DataSource } from 'typeorm';
import { randomBytes } from 'node:crypto';
import { ChildServer } from '../support/child-server';
import { atOnce, tally } from '../support/at-once';
import { requirePostgres, type TestDatabase, testDatabase } from '../support/database';
import { freePort } from '../support/free-port';
import { OwnRedis } from '../support/own-redis';

jest.setTimeout(180_000); // three processes start, and hash hundreds of passwords on a busy machine

const REPLICAS = 3;
const GUESSES = 200;
const ADDRESSES = 50;
const MAX_FAILURES = 10;
const PASSWORD = 'a loom that weaves algebra';
const PER_ADDRESS = 20;

describe('Guesses at once, at three replicas', () => {
  let database: TestDatabase;
  let source: DataSource;
  let redis: OwnRedis;
  let env: Record<string, string>;
  let replicas: ChildServer[];

  beforeAll(async () => {
    const url = requirePostgres();
    database = await testDatabase();
    redis = new OwnRedis(await freePort());
    await redis.start();
    env = {
      ...database.env,
      REDIS_URL: redis.url,
      ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
      TRUST_PROXY: '1',
      RATE_LIMITS: 'on',
      RATE_LIMIT_CREDENTIALS: `${PER_ADDRESS}/300`,
      RATE_LIMIT_REGISTRATION: '5/300',
      LOGIN_MAX_FAILURES: String(MAX_FAILURES),
      HASH_QUEUE: '1000',
    };
    replicas = [await ChildServer.start(env)];
    for (let i = 1; i < REPLICAS; i++) replicas.push(await ChildServer.start(env));
    source = await new DataSource({ type: 'postgres', url }).initialize();
  });
  afterAll(async () => {
    for (const replica of replicas) await replica.stop();
    await source.destroy();
    await redis.kill();
    await database.drop();
  });

  const table = (name: string) => `"${database.env['DATABASE_SCHEMA']}"."${name}"`;
  const post = (client: number, address: string, path: string, body: object) =>
    request(replicas[client % REPLICAS]!.url)
      .post(path)
      .set('x-forwarded-for', address)
      .send(body);
  const login = (client: number, address: string, identifier: string, password: string) =>
    post(client, address, '/v1/auth/login', { identifier, password });
  const register = (username: string, address: string) =>
    post(0, address, '/v1/auth/register', { username, password: PASSWORD }).expect(201);
  /** Refused logins of an account by cause, as the audit log has them. */
  const causes = async (): Promise<Record<string, number>> => {
    const rows = await source.query<{ cause: string; times: number }[]>(
      `SELECT details->>'cause' AS cause, count(*)::int AS times FROM ${table('audit_events')}
        WHERE type = 'session.login' AND outcome = 'failure' AND subject_id IS NOT NULL GROUP BY 1`,
    );
    return Object.fromEntries(rows.map(({ cause, times }) => [cause, times]));
  };

  it('of 200 from 50 addresses, ten are looked at and the rest meet the lock', async () => {
    await register('ada', '192.0.2.1');
    const answers = await atOnce(
      (client) => login(client, `198.51.100.${client % ADDRESSES}`, 'ada', `${PASSWORD} ${client}`),
      GUESSES,
    );
    expect(tally(answers)).toEqual({ invalid_credentials: GUESSES });
    expect(await causes()).toEqual({ password: MAX_FAILURES, locked: GUESSES - MAX_FAILURES });
    // The right one is among what is not looked at, on every replica.
    for (let i = 0; i < REPLICAS; i++) await login(i, '192.0.2.2', 'ada', PASSWORD).expect(401);
  });

  it('the lock outlives a restart', async () => {
    await replicas[0]!.stop();
    replicas[0] = await ChildServer.start(env);
    await login(0, '192.0.2.3', 'ada', PASSWORD).expect(401);
    await source.query(`UPDATE ${table('login_failures')} SET locked_until = now() - interval '1 second'`);
    await login(0, '192.0.2.3', 'ada', PASSWORD).expect(200);
  });

  it('people who sign in at once with the right password lock nobody out', async () => {
    await register('grace', '192.0.2.4');
    const answers = await atOnce((client) => login(client, `203.0.113.${client}`, 'grace', PASSWORD));
    expect(tally(answers)).toEqual({ '200': answers.length });
  });

  it('of a right one among many wrong ones, the answer is that of some order', async () => {
    await register('edsger', '192.0.2.5');
    const answers = await atOnce(
      (client) =>
        login(client, `198.51.100.${100 + (client % ADDRESSES)}`, 'edsger', client === 30 ? PASSWORD : 'wrong'),
      60,
    );
    const right = answers[30]!;
    expect([200, 401]).toContain(right.status);
    const [{ failures, locked }] = await source.query<[{ failures: number; locked: boolean }]>(
      `SELECT failures, locked_until > now() AS locked FROM ${table('login_failures')}
        JOIN ${table('users')} ON id = user_id WHERE username = 'edsger'`,
    );
    // 59 wrong ones lock it, before the right one or after.
    expect({ failures, locked }).toEqual({ failures: MAX_FAILURES, locked: true });
  });

  it('one address gets no more than its limit from all replicas together', async () => {
    const answers = await atOnce((client) => login(client, '192.0.2.9', `nobody-${client}`, 'wrong'), 90);
    expect(tally(answers)).toEqual({ invalid_credentials: PER_ADDRESS, rate_limited: 90 - PER_ADDRESS });
  });

  it('without Redis each replica counts by itself, and answers go on', async () => {
    await redis.kill();
    const answers = await atOnce((client) => login(client, '192.0.2.10', `nobody-${client}`, 'wrong'), 90);
    const counts = tally(answers);
    expect(Object.keys(counts).sort()).toEqual(['invalid_credentials', 'rate_limited']);
    expect(counts['invalid_credentials']).toBeLessThanOrEqual(PER_ADDRESS * REPLICAS);
    expect(counts['invalid_credentials']).toBeGreaterThanOrEqual(PER_ADDRESS);
  });
});
