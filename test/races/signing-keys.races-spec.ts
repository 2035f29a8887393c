import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import request, { type Response, type Test } from 'supertest';
import { SystemClock } from '../../src/platform/clock/clock';
import { ChildServer } from '../support/child-server';
import { requirePostgres, type TestDatabase, testDatabase } from '../support/database';
import { readJws } from '../support/jws';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import type { TestApp } from '../support/test-app';
import { TYPESCRIPT } from '../support/typescript';

// Real replicas by the clock on the wall: what is tested is that none of them lags too far behind the others.
jest.setTimeout(400_000);

const COMMAND = join(__dirname, '..', '..', 'src', 'cli', 'rotate-keys.ts');
const ROTATE = '/v1/admin/signing-keys/rotate';
const CLIENTS = 3;
/** Between the rounds of a client, so that a small machine has time for the rotations. */
const PAUSE_MS = 50;
/** A key is in the JWKS for twice as long before it signs. */
const JWKS_MAX_AGE = 3;
/** Within this time every replica refuses what was revoked. */
const EVERYWHERE_MS = 1500;

/** A running replica, and since when each key is in its JWKS; since ever, for those it began with. */
interface Replica {
  readonly server: ChildServer;
  readonly published: Map<string, number>;
}

/** A person whose requests go to one replica, by the clock on the wall. */
function personAt({ server }: Replica, username?: string): Person {
  const clock = Object.assign(new SystemClock(), { advance: () => undefined });
  return new Person({ url: server.url, clock } as unknown as TestApp, username);
}

describe('Signing keys over replicas', () => {
  let database: TestDatabase;
  let postgres: Client;
  let env: Record<string, string>;
  let replicas: Replica[] = [];
  let admin: Person;
  const all: ChildServer[] = [];

  beforeAll(async () => {
    requirePostgres();
    database = await testDatabase();
    env = {
      ...database.env,
      ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
      JWKS_MAX_AGE: String(JWKS_MAX_AGE),
      ACCESS_TOKEN_TTL: '600',
      RATE_LIMITS: 'off',
      LOG_LEVEL: 'info',
    };
    postgres = new Client({ connectionString: database.env['DATABASE_URL'] });
    await postgres.connect();
    replicas = await Promise.all([startReplica(), startReplica()]);
    admin = await anAdmin();
  });
  afterAll(async () => {
    await Promise.all(all.map((server) => server.stop()));
    await postgres.end();
    await database.drop();
  });

  async function startReplica(changes: Record<string, string> = {}): Promise<Replica> {
    const server = await ChildServer.start({ ...env, ...changes });
    all.push(server);
    const replica = { server, published: new Map<string, number>() };
    await readJwks(replica, Number.NEGATIVE_INFINITY);
    return replica;
  }

  async function readJwks({ server, published }: Replica, since?: number): Promise<void> {
    const { body } = await request(server.url).get('/.well-known/jwks.json').expect(200);
    for (const { kid } of body.keys as { kid: string }[]) {
      if (!published.has(kid)) published.set(kid, since ?? performance.now());
    }
  }

  async function anAdmin(): Promise<Person> {
    const person = personAt(replicas[0]!, 'keeper');
    await person.post('/v1/auth/register', { username: person.username, password: person.password }).expect(201);
    await person.login();
    await person.enroll();
    await person.activate();
    const schema = database.env['DATABASE_SCHEMA']!;
    await postgres.query(`UPDATE "${schema}"."users" SET roles = '{user,admin}' WHERE username = 'keeper'`);
    person.take((await person.refresh().expect(200)).body);
    return person;
  }

  function rotateAt({ server }: Replica, body: object = {}): Test {
    return request(server.url).post(ROTATE).send(body).auth(admin.accessToken, { type: 'bearer' });
  }

  async function rotateByCommand(): Promise<string> {
    const child = spawn(process.execPath, [...TYPESCRIPT, COMMAND], {
      env: { PATH: process.env['PATH'], NODE_ENV: 'test', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
    expect(child.exitCode).toBe(0);
    return said;
  }

  /** The key and algorithm that a replica signs with now. */
  async function signingAt(replica: Replica): Promise<{ kid: string; alg: string }> {
    const person = personAt(replica, admin.username);
    const { body } = await person.post('/v1/auth/login', { identifier: person.username, password: person.password });
    const { kid, alg } = readJws(body.mfaToken as string).header;
    return { kid: String(kid), alg: String(alg) };
  }

  /** Waits until all replicas sign with one key, another one than before. @returns it */
  async function agreedOtherThan(kid: string): Promise<{ kid: string; alg: string }> {
    for (const began = performance.now(); ;) {
      await sleep(100);
      const [first, ...others] = await Promise.all(replicas.map(signingAt));
      if (first!.kid !== kid && others.every((each) => each.kid === first!.kid)) return first!;
      if (performance.now() - began > 60_000) throw new Error(`Still no other key than ${kid}`);
    }
  }

  it('are rotated by HTTP, by command and by a change of the algorithm, and no request under way fails', async () => {
    const failures: unknown[] = [];
    const signed = new Map<string, string>();
    let requests = 0;
    let underWay = 0;
    let isOver = false;
    const some = () => replicas[Math.floor(Math.random() * replicas.length)]!;

    async function send(what: string, make: (replica: Replica) => Test, replica = some()): Promise<Response> {
      underWay += 1;
      try {
        const response = await make(replica);
        requests += 1;
        if (response.status !== 200) failures.push({ what, status: response.status, body: response.body as object });
        return response;
      } finally {
        underWay -= 1;
      }
    }
    /** Whoever keeps the JWKS of any replica, and not for longer than it may, has the key before this token is seen. */
    function note(token: string): void {
      const { kid, alg } = readJws(token).header as { kid: string; alg: string };
      signed.set(kid, alg);
      for (const { published } of replicas) {
        const age = performance.now() - (published.get(kid) ?? Number.POSITIVE_INFINITY);
        if (age < JWKS_MAX_AGE * 1000) failures.push({ what: 'signs too soon', kid, alg, age });
      }
    }
    const guarded = (token: string) => (replica: Replica) =>
      request(replica.server.url).get('/v1/payouts/limits').auth(token, { type: 'bearer' });

    /** Refreshes here and there, and shows tokens new and old everywhere. */
    async function client(number: number): Promise<void> {
      const username = `client-${number}`;
      const password = 'a loom that weaves algebra';
      await request(some().server.url).post('/v1/auth/register').send({ username, password }).expect(201);
      const login = await send('login', ({ server }) =>
        request(server.url).post('/v1/auth/login').send({ identifier: username, password }),
      );
      let { accessToken, refreshToken } = login.body as { accessToken: string; refreshToken: string };
      const tokens = [accessToken];
      while (!isOver) {
        note(accessToken);
        for (const replica of [...replicas]) await send('a new token', guarded(accessToken), replica);
        await send('an old token', guarded(tokens[Math.floor(Math.random() * tokens.length)]!));
        const { body } = await send('refresh', ({ server }) =>
          request(server.url).post('/v1/auth/refresh').send({ refreshToken }),
        );
        if (typeof (body as { accessToken?: unknown }).accessToken !== 'string') return;
        ({ accessToken, refreshToken } = body as { accessToken: string; refreshToken: string });
        tokens.push(accessToken);
        await sleep(PAUSE_MS);
      }
    }
    /** Begins to sign in at one replica, and goes on at the others. */
    async function halfway(): Promise<void> {
      while (!isOver) {
        const { body } = await send('login', ({ server }) =>
          request(server.url).post('/v1/auth/login').send({ identifier: admin.username, password: admin.password }),
        );
        const { mfaToken } = body as { mfaToken: string };
        note(mfaToken);
        for (const replica of [...replicas]) {
          const show = ({ server }: Replica) =>
            request(server.url).get('/v1/mfa/factors').auth(mfaToken, { type: 'bearer' });
          await send('an MFA token', show, replica);
        }
        await sleep(PAUSE_MS);
      }
    }
    async function watchJwks(): Promise<void> {
      while (!isOver) {
        await Promise.all(replicas.map((replica) => readJwks(replica)));
        await sleep(50);
      }
    }
    /** Takes the place of a replica as a rolling deployment does: no new requests, then the end. */
    async function replace(at: number, by: Replica): Promise<void> {
      const { server } = replicas[at]!;
      replicas = replicas.map((replica, index) => (index === at ? by : replica));
      await sleep(1000); // what was sent there has been answered
      await server.stop();
    }

    async function rotations(): Promise<void> {
      const first = await signingAt(replicas[0]!);
      await rotateAt(replicas[0]!).expect(200);
      const second = await agreedOtherThan(first.kid);
      await sleep(2 * JWKS_MAX_AGE * 1000);
      expect(await rotateByCommand()).toContain('signs from now on.');
      const third = await agreedOtherThan(second.kid);
      await sleep(2 * JWKS_MAX_AGE * 1000);
      for (const { status } of await Promise.all(replicas.map((replica) => rotateAt(replica))))
        expect(status).toBe(200);
      const fourth = await agreedOtherThan(third.kid);
      expect(fourth.alg).toBe('ES256');

      // The replicas one by one, with another setting.
      const RS256 = { SIGNING_ALGORITHM: 'RS256' };
      await replace(0, await startReplica(RS256));
      for (let signing = fourth; signing.alg !== 'RS256';) signing = await agreedOtherThan(signing.kid);
      await sleep(2000); // one with each setting side by side
      await replace(1, await startReplica(RS256));
      await sleep(1000);
    }

    const load = [...Array.from({ length: CLIENTS }, (_, number) => client(number)), halfway(), watchJwks()];
    await rotations().finally(() => (isOver = true));
    await Promise.all(load);

    expect(failures).toEqual([]);
    expect(underWay).toBe(0);
    expect(requests).toBeGreaterThan(200);
    expect(signed.size).toBeGreaterThanOrEqual(5);
    expect(new Set(signed.values())).toEqual(new Set(['ES256', 'RS256']));
  });

  it('that leaked are refused at once where an administrator says so, and on every other replica in a moment', async () => {
    const [here, there] = replicas as [Replica, Replica];
    admin.take((await personAt(here, admin.username).refresh(admin.refreshToken).expect(200)).body);
    const ada = personAt(there, 'ada');
    await ada.post('/v1/auth/register', { username: ada.username, password: ada.password }).expect(201);
    await ada.login();
    const call = ({ server }: Replica, token: string) =>
      request(server.url).get('/v1/payouts/limits').auth(token, { type: 'bearer' });
    const token = ada.accessToken;
    for (const replica of replicas) await call(replica, token).expect(200); // known from memory

    const { body } = await rotateAt(here, { compromised: true }).expect(200);
    await refused(call(here, token), 401, 'token_invalid');
    const began = performance.now();
    while ((await call(there, token)).status !== 401 && performance.now() - began < 10_000) await sleep(20);
    expect(performance.now() - began).toBeLessThan(EVERYWHERE_MS);
    await refused(call(there, token), 401, 'token_invalid');

    // Who knows of the leak does not sign with the leaked key either.
    ada.take((await ada.refresh().expect(200)).body);
    const { kid } = readJws(ada.accessToken).header;
    expect((body.items as { kid: string; state: string }[]).find(({ state }) => state === 'active')?.kid).toBe(kid);
    for (const replica of replicas) await call(replica, ada.accessToken).expect(200);
  });
});
