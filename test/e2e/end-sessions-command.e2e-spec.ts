import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { type TestDatabase, testDatabase } from '../support/database';
import { FakeClock } from '../support/fake-clock';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';
import { TYPESCRIPT } from '../support/typescript';

jest.setTimeout(240_000); // each command is a process of its own, on a busy machine

const COMMAND = join(__dirname, '..', '..', 'src', 'cli', 'end-sessions.ts');
/** Within this time a running server refuses what was revoked. */
const EVERYWHERE_MS = 1500;

describe('npm run sessions:end beside a running server', () => {
  let database: TestDatabase;
  let app: TestApp;

  beforeAll(async () => {
    database = await testDatabase();
    // The command goes by the clock on the wall, and so does the server beside it.
    const clock = new FakeClock();
    clock.advance(Math.floor(Date.now() / 1000) - clock.nowInSeconds());
    app = await startTestApp({ database, clock, env: { DOCS: 'off' } });
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  async function end(...args: string[]) {
    const child = spawn(process.execPath, [...TYPESCRIPT, COMMAND, ...args], {
      env: { PATH: process.env['PATH'], NODE_ENV: 'test', ...database.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { exitCode: child.exitCode, said, complained };
  }

  const ask = ({ accessToken }: Person) => request(app.url).get('/v1/users/me').auth(accessToken, { type: 'bearer' });

  it('ends those of one account, and nobody else’s', async () => {
    const [ada, bob] = [await Person.signedIn(app), await Person.signedIn(app)];
    await ask(ada).expect(200);
    expect(await end(ada.username)).toEqual({
      exitCode: 0,
      said: `The sessions of ${ada.username} have ended.\n`,
      complained: '',
    });
    await sleep(EVERYWHERE_MS);
    await refused(ask(ada), 401, 'token_invalid');
    await refused(ada.refresh(), 401, 'invalid_refresh_token');
    await ask(bob).expect(200);
    await ada.login();
    await ask(ada).expect(200);
  });

  it('ends everybody’s, in as many steps as it takes; people log in again', async () => {
    const [ada, bob] = [await Person.signedIn(app), await Person.signedIn(app)];
    for (const person of [ada, bob]) await ask(person).expect(200);
    const dataSource = app.nest.get(DataSource);
    const table = dataSource.getMetadata('SessionEntity').tablePath;
    await dataSource.query(
      `INSERT INTO ${table} SELECT (jsonb_populate_record(NULL::${table}, to_jsonb(s) || jsonb_build_object('id', gen_random_uuid()))).*
         FROM (SELECT * FROM ${table} WHERE revoked_at IS NULL ORDER BY created_at LIMIT 1) s, generate_series(1, 2500)`,
    );
    const { exitCode, said, complained } = await end('--all');
    expect({ exitCode, complained }).toEqual({ exitCode: 0, complained: '' });
    expect(Number(/^(\d+) sessions have ended\.\n$/.exec(said)?.[1])).toBeGreaterThan(2500);
    const [{ live }] = await dataSource.query<[{ live: string }]>(
      `SELECT count(*) AS live FROM ${table} WHERE revoked_at IS NULL`,
    );
    expect(Number(live)).toBe(0);
    await sleep(EVERYWHERE_MS);
    for (const person of [ada, bob]) {
      await refused(ask(person), 401, 'token_invalid');
      await refused(person.refresh(), 401, 'invalid_refresh_token');
      await person.login();
      await ask(person).expect(200);
    }
    expect(await end('--all')).toMatchObject({ said: '2 sessions have ended.\n' });
  });

  it.each([[[]], [['--all', 'ada']], [['ada', 'bob']]])('does nothing for %j but say how it is used', async (args) => {
    const { exitCode, said, complained } = await end(...args);
    expect({ exitCode, said }).toEqual({ exitCode: 1, said: '' });
    expect(complained).toContain('npm run sessions:end -- --all');
  });

  it('says that there is no such account', async () => {
    expect(await end('nobody')).toEqual({ exitCode: 1, said: '', complained: 'There is no account nobody.\n' });
  });
});
