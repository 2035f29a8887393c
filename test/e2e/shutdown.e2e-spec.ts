import { once } from 'node:events';
import { Agent, request as open, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { ChildServer } from '../support/child-server';
import { type TestDatabase, testDatabase } from '../support/database';

jest.setTimeout(120_000); // each server is a process of its own, on a busy machine

describe('A server that is told to stop', () => {
  let database: TestDatabase;
  let server: ChildServer | undefined;

  beforeAll(async () => {
    database = await testDatabase();
  });
  afterEach(() => server?.stop());
  afterAll(() => database.drop());

  const start = async (delay: string) => (server = await ChildServer.start({ ...database.env, SHUTDOWN_DELAY: delay }));

  /** Until nobody listens any more. @returns after how many milliseconds */
  async function closedAfter({ url }: ChildServer): Promise<number> {
    const began = performance.now();
    while (performance.now() - began < 20_000) {
      try {
        await fetch(`${url}/health/live`);
      } catch {
        break;
      }
      await sleep(20);
    }
    return performance.now() - began;
  }

  it('says so first, while it still serves, and only then closes', async () => {
    const running = await start('3');
    const agent = new Agent({ keepAlive: true });
    const before = await request(running.url).get('/health/ready').agent(agent).expect(200);
    expect(before.headers['connection']).not.toBe('close');

    running.signal('SIGTERM');
    const told = performance.now();
    await sleep(200);
    const { body, headers } = await request(running.url).get('/health/ready').agent(agent).expect(503);
    expect(body).toMatchObject({ code: 'unavailable', detail: 'The service is stopping.' });
    expect(headers).toMatchObject({ connection: 'close', 'retry-after': '5' });
    for (const [path, status] of [
      ['/health/live', 200],
      ['/.well-known/jwks.json', 200],
      ['/v1/users/me', 401],
      ['/nowhere', 404],
    ] as const) {
      const answer = await request(running.url).get(path).agent(agent).expect(status);
      expect(answer.headers['connection']).toBe('close');
    }
    expect(performance.now() - told).toBeLessThan(3000); // else the answers above prove nothing
    await closedAfter(running);
    expect(performance.now() - told).toBeGreaterThan(2900);
    expect(await running.ended()).toBe(0);
    agent.destroy();
  });

  it('answers what had begun when it closed, and then goes', async () => {
    const running = await start('0');
    const body = JSON.stringify({ username: 'ada', password: 'a loom that weaves algebra' });
    const half = open(`${running.url}/v1/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': body.length },
    });
    half.write(body.slice(0, 20));
    await request(running.url).get('/health/live').expect(200); // the half before it has arrived

    running.signal('SIGTERM');
    expect(await closedAfter(running)).toBeLessThan(5000);
    expect(running.isRunning).toBe(true);
    half.end(body.slice(20));
    const [answer] = (await once(half, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(201);
    expect(await json(answer)).toMatchObject({ user: { username: 'ada' } });
    expect(await running.ended()).toBe(0);
  });

  it('knows what is revoked until the last request that had begun is answered', async () => {
    const running = await start('0');
    const person = { username: 'grace', password: 'a loom that weaves algebra' };
    await request(running.url).post('/v1/auth/register').send(person).expect(201);
    const login = { identifier: person.username, password: person.password };
    const { body: tokens } = await request(running.url).post('/v1/auth/login').send(login).expect(200);
    const body = JSON.stringify({ password: person.password });
    const begin = (authorization: string) => {
      const half = open(`${running.url}/v1/auth/reauthenticate`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', 'content-length': body.length },
      });
      half.write(body.slice(0, 5));
      return half;
    };
    const [good, forged] = [begin(`Bearer ${tokens.accessToken}`), begin(`Bearer ${tokens.accessToken}A`)];
    await request(running.url).get('/health/live').expect(200); // the halves before it have arrived

    running.signal('SIGTERM');
    expect(await closedAfter(running)).toBeLessThan(5000);
    await sleep(6500); // longer than anybody is let in by what was read before
    const answers = [good, forged].map((half) => {
      half.end(body.slice(5));
      return once(half, 'response') as Promise<[IncomingMessage]>;
    });
    const [[answer], [refusal]] = (await Promise.all(answers)) as [[IncomingMessage], [IncomingMessage]];
    expect(answer.statusCode).toBe(200);
    expect(await json(answer)).toHaveProperty('accessToken');
    expect(refusal.statusCode).toBe(401);
    refusal.resume();
    expect(await running.ended()).toBe(0);
    expect(running.log.join('\n')).not.toMatch(/cannot be read|"level":(50|60)/);
  });

  it.each([
    ['says nothing', ''],
    [
      'never finishes its request',
      'POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    ],
  ])('goes after ten seconds, whoever %s', async (_, text) => {
    const running = await start('0');
    const { port, hostname } = new URL(running.url);
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(text);
    await request(running.url).get('/health/live').expect(200); // what was written before it has arrived
    running.signal('SIGTERM');
    const told = performance.now();
    expect(await running.ended()).toBe(0);
    expect(performance.now() - told).toBeLessThan(15_000);
    socket.destroy();
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('goes at once on a second %s', async (signal, code) => {
    const running = await start('60');
    running.signal('SIGTERM');
    await sleep(100);
    running.signal(signal); // the same Ctrl-C, handed on by npm
    await sleep(900);
    expect(running.isRunning).toBe(true);
    await request(running.url).get('/health/live').expect(200);
    running.signal(signal);
    const began = performance.now();
    expect(await running.ended()).toBe(code);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});
