import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { SystemClock } from '../../src/platform/clock/clock';
import { Authenticator } from '../support/authenticator';
import { ChildServer } from '../support/child-server';
import { freePort } from '../support/free-port';
import { binary, OwnPostgres } from '../support/own-postgres';
import { OwnRedis } from '../support/own-redis';

// Processes of our own that are killed, by the clock on the wall.
jest.setTimeout(180_000);

const PASSWORD = 'a loom that weaves algebra';
const PEOPLE = 6;

interface Answer {
  readonly status: number;
  readonly body: Record<string, string>;
}

/** What was answered before, while and after things broke, and what was not. */
class Load {
  readonly registered: string[] = [];
  readonly loggedOut: string[] = [];
  readonly refreshTokens = new Map<string, string>();
  refreshes = 0;
  unanswered = 0;
  private people = 0;
  private running: Promise<unknown> = Promise.resolve();
  private isOver = false;

  constructor(private readonly servers: readonly ChildServer[]) {}

  begin(): void {
    const loops = Array.from({ length: PEOPLE }, (_, at) => this.refreshing(`keeper-${at}`));
    this.running = Promise.all([...loops, this.comingAndGoing(), this.comingAndGoing()]);
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.running;
  }

  /** To either replica, as a load balancer would. */
  async post(path: string, body: object): Promise<Answer | undefined> {
    const server = this.servers[Math.floor(Math.random() * this.servers.length)]!;
    try {
      const { status, body: answer } = await request(server.url).post(path).send(body).timeout(5000);
      if (status < 500) return { status, body: answer as Record<string, string> };
    } catch {
      // Killed in the middle, or not there.
    }
    this.unanswered++;
    await sleep(50);
    return undefined;
  }

  /** Again until it is answered: what got through unseen must do no harm. */
  async insist(path: string, body: object): Promise<Answer> {
    for (;;) {
      const answer = await this.post(path, body);
      if (answer !== undefined) return answer;
    }
  }

  private async refreshing(username: string): Promise<void> {
    const { refreshToken } = await this.signUp(username);
    this.refreshTokens.set(username, refreshToken);
    while (!this.isOver) {
      const { status, body } = await this.insist('/v1/auth/refresh', {
        refreshToken: this.refreshTokens.get(username),
      });
      expect({ username, status }).toEqual({ username, status: 200 });
      this.refreshTokens.set(username, body['refreshToken']!);
      this.refreshes++;
      await sleep(20);
    }
  }

  private async comingAndGoing(): Promise<void> {
    while (!this.isOver) {
      const { refreshToken } = await this.signUp(`passer-${++this.people}`);
      const { status } = await this.insist('/v1/auth/logout', { refreshToken });
      expect(status).toBe(204);
      this.loggedOut.push(refreshToken);
    }
  }

  private async signUp(username: string): Promise<{ refreshToken: string }> {
    const { status } = await this.insist('/v1/auth/register', { username, password: PASSWORD });
    // 409 where an earlier try got through and its answer was lost.
    expect([201, 409]).toContain(status);
    this.registered.push(username);
    const login = await this.insist('/v1/auth/login', { identifier: username, password: PASSWORD });
    expect(login.status).toBe(200);
    return login.body as { refreshToken: string };
  }
}

async function readyAgain({ url }: ChildServer): Promise<number> {
  const began = performance.now();
  const isReady = () =>
    request(url)
      .get('/health/ready')
      .then(({ status }) => status === 200);
  while (!(await isReady())) {
    if (performance.now() - began > 20_000) throw new Error(`${url} does not come back`);
    await sleep(50);
  }
  return performance.now() - began;
}

describe('Replicas, Redis and PostgreSQL that die under load', () => {
  let postgres: OwnPostgres;
  let redis: OwnRedis;
  let env: Record<string, string>;
  let servers: ChildServer[] = [];

  beforeAll(async () => {
    postgres = new OwnPostgres(await freePort());
    redis = new OwnRedis(await freePort());
    await Promise.all([postgres.start(), redis.start()]);
    await postgres.query('CREATE DATABASE countersign');
    env = {
      DATABASE_URL: postgres.urlOf('countersign'),
      REDIS_URL: redis.url,
      MIGRATE_ON_START: 'true',
      ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
    };
    servers = await Promise.all([ChildServer.start(env), ChildServer.start(env)]);
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await redis.kill();
    await postgres.remove();
  });

  it('lose nothing that was answered, and come back by themselves', async () => {
    const load = new Load(servers);
    load.begin();
    await sleep(2000);

    await redis.kill();
    await sleep(1000);
    expect(servers.map(({ isRunning }) => isRunning)).toEqual([true, true]);
    await redis.start();

    const [, killed] = servers as [ChildServer, ChildServer];
    killed.signal('SIGKILL');
    await killed.ended();
    servers[1] = await ChildServer.start(env);

    const before = load.unanswered;
    await postgres.crash();
    await sleep(1500);
    for (const { url } of servers) {
      await request(url).get('/health/live').expect(200);
      await request(url).get('/health/ready').expect(503);
    }
    expect(load.unanswered).toBeGreaterThan(before);
    await postgres.start();
    for (const server of servers) expect(await readyAgain(server)).toBeLessThan(10_000);

    const { refreshes } = load;
    await sleep(2000);
    await load.end();
    expect(load.refreshes).toBeGreaterThan(refreshes); // it works again
    expect(load.refreshes).toBeGreaterThan(PEOPLE);
    expect(load.loggedOut.length).toBeGreaterThan(2);

    for (const refreshToken of load.refreshTokens.values())
      expect(await load.insist('/v1/auth/refresh', { refreshToken })).toMatchObject({ status: 200 });
    for (const refreshToken of load.loggedOut)
      expect(await load.insist('/v1/auth/refresh', { refreshToken })).toMatchObject({ status: 401 });
    for (const identifier of load.registered)
      expect(await load.insist('/v1/auth/login', { identifier, password: PASSWORD })).toMatchObject({ status: 200 });
  });

  it('give from a backup, restored elsewhere, what people log in with', async () => {
    const [server] = servers as [ChildServer];
    const username = 'ada';
    const ask = ({ url }: ChildServer, path: string, body: object, token = '') =>
      request(url)
        .post(path)
        .set(token === '' ? {} : { authorization: `Bearer ${token}` })
        .send(body);
    await ask(server, '/v1/auth/register', { username, password: PASSWORD }).expect(201);
    const login = await ask(server, '/v1/auth/login', { identifier: username, password: PASSWORD }).expect(200);
    const begun = await ask(server, '/v1/mfa/factors', { type: 'totp' }, login.body.accessToken as string).expect(201);
    const authenticator = new Authenticator(begun.body.enrollment.secret as string, new SystemClock());
    const activate = `/v1/mfa/factors/${begun.body.factor.id as string}/activate`;
    const activated = await ask(
      server,
      activate,
      { code: authenticator.code() },
      login.body.accessToken as string,
    ).expect(200);
    const { refreshToken, accessToken } = activated.body.auth as Record<string, string>;

    // As docs/operations.md has it.
    const file = `/tmp/countersign-${randomBytes(6).toString('hex')}.dump`;
    const run = (name: string, ...args: string[]) => execFileSync(binary(name), args, { stdio: 'inherit' });
    run('pg_dump', '--format=custom', '--schema=countersign', `--file=${file}`, env['DATABASE_URL']!);
    await postgres.query('CREATE DATABASE restored');
    run('pg_restore', '--no-owner', '--exit-on-error', `--dbname=${postgres.urlOf('restored')}`, file);
    execFileSync('rm', [file]);

    const restored = await ChildServer.start({
      ...env,
      DATABASE_URL: postgres.urlOf('restored'),
      MIGRATE_ON_START: 'false',
    });
    try {
      await request(restored.url).get('/v1/users/me').auth(accessToken!, { type: 'bearer' }).expect(200);
      const again = await ask(restored, '/v1/auth/login', { identifier: username, password: PASSWORD }).expect(200);
      expect(again.body).toMatchObject({ status: 'mfa_required' });
      const mfaToken = again.body.mfaToken as string;
      const challenge = await ask(restored, '/v1/mfa/challenges', {}, mfaToken).expect(201);
      const verify = `/v1/mfa/challenges/${challenge.body.id as string}/verify`;
      // The code of now was used to activate it.
      await ask(restored, verify, { code: authenticator.code(1) }, mfaToken).expect(200);
      await ask(restored, '/v1/auth/refresh', { refreshToken }).expect(200);
    } finally {
      await restored.stop();
    }
  });
});
