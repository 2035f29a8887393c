import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestDatabase, testDatabase } from '../support/database';
import { freePort } from '../support/free-port';
import { TYPESCRIPT } from '../support/typescript';

jest.setTimeout(240_000); // each command is a process of its own, on a busy machine

const COMMANDS: [string, string[]][] = [
  ['account', ['enable', 'ada']],
  ['admin-create', ['--username', 'ada']],
  ['clients', ['list']],
  ['reseal-secrets', []],
  ['rotate-keys', []],
];

/** What an operator reads. */
async function run(command: string, args: string[], env: Record<string, string>) {
  const file = join(__dirname, '..', '..', 'src', 'cli', `${command}.ts`);
  const child = spawn(process.execPath, [...TYPESCRIPT, file, ...args], {
    env: { PATH: process.env['PATH'], NODE_ENV: 'test', ENCRYPTION_KEYS: `test:${'A'.repeat(43)}=`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [, complained] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, complained };
}

describe('Every command says in plain words', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.drop());

  it.each(COMMANDS)('that nobody has migrated: %s', async (command, args) => {
    expect(await run(command, args, { ...database.env, DATABASE_SCHEMA: 'never_migrated' })).toEqual({
      exitCode: 1,
      complained: 'The tables are not there, or not up to date: run npm run migrate first.\n',
    });
  });

  it('that the database is not there', async () => {
    const env = { DATABASE_URL: `postgres://nobody@127.0.0.1:${await freePort()}/none` };
    const outcomes = await Promise.all(COMMANDS.map(([command, args]) => run(command, args, env)));
    for (const { exitCode, complained } of outcomes) {
      expect(exitCode).toBe(1);
      expect(complained).toMatch(
        /PostgreSQL none at .* cannot be used: .*Check DATABASE_URL, and that the server is running\.\n$/,
      );
      expect(complained).not.toMatch(/^ +at /m);
    }
  });
});
