import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DataSource } from 'typeorm';
import { type TestDatabase, testDatabase } from '../support/database';
import { readJws } from '../support/jws';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(120_000); // each command is a process of its own, on a busy machine

const COMMAND = join(__dirname, '..', '..', 'src', 'cli', 'admin-create.ts');

/** What an operator reads after `npm run admin:create -- …`. */
async function adminCreate(database: TestDatabase, args: string[], stdin = '') {
  const child = spawn(process.execPath, ['-r', 'ts-node/register/transpile-only', COMMAND, ...args], {
    env: {
      ...{ PATH: process.env['PATH'], NODE_ENV: 'test', ISSUER: 'http://localhost:3000' },
      ...{ ARGON2_MEMORY_KIB: '8', ARGON2_TIME: '1', ...database.env },
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined); // it may have gone before it read
  child.stdin.end(stdin);
  const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, said, complained };
}

describe('npm run admin:create', () => {
  let database: TestDatabase;
  let app: TestApp;

  beforeAll(async () => {
    database = await testDatabase();
    app = await startTestApp({ database, env: { DOCS: 'off' } });
    app.clock.advance(Math.floor(Date.now() / 1000) - app.clock.nowInSeconds()); // by which the command goes
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  /** From the password to the first act of an administrator. */
  async function begins(person: Person): Promise<void> {
    expect((await person.login()).body).toMatchObject({ status: 'mfa_enrollment_required' });
    await refused(person.get('/v1/admin/users', person.mfaToken), 401, 'token_invalid');
    await person.enroll();
    await person.activate();
    expect(readJws(person.accessToken).payload).toMatchObject({ roles: ['user', 'admin'], acr: 'aal2' });
    await person.get('/v1/admin/users', person.accessToken).expect(200);
  }

  it('makes an administrator with the password of standard input, beside the running server', async () => {
    const ada = new Person(app);
    const { exitCode, said, complained } = await adminCreate(
      database,
      ['--username', ada.username, '--password-stdin'],
      `${ada.password}\n`,
    );
    expect({ exitCode, complained }).toEqual({ exitCode: 0, complained: '' });
    expect(said).toMatch(new RegExp(`^${ada.username} is an administrator\\.\n`));
    expect(said).not.toContain(ada.password);
    expect(said).not.toContain('#reset-password=');
    await begins(ada);
  });

  it('prints a link that chooses the password, once, and a code to enroll with', async () => {
    const ada = new Person(app);
    const email = 'root@example.com';
    const { exitCode, said } = await adminCreate(database, ['--username', ada.username, '--email', email]);
    expect(exitCode).toBe(0);
    const [, token] = /http:\/\/localhost:3000\/account#reset-password=([\w-]{43})\n/.exec(said)!;
    expect(said).toMatch(/\n[\w-]{43}\n$/); // the code
    const { username: identifier, password } = ada;
    await refused(ada.post('/v1/auth/login', { identifier, password }), 401, 'invalid_credentials');
    const reset = () => ada.post('/v1/auth/password/reset', { token, newPassword: password });
    await reset().expect(204);
    await refused(reset(), 400, 'invalid_token');
    await begins(ada);
    const { body } = await ada.get('/v1/users/me', ada.accessToken).expect(200);
    // The operator handed the link over: nobody has shown that the address is theirs.
    expect(body).toMatchObject({ email, emailVerified: false });
  });

  it('says plainly what it does not take, makes nothing, and wants no password where others can read it', async () => {
    const { username } = await Person.registered(app);
    const tries: [RegExp, string[], string?][] = [
      [/^There is an account .* already\. npm run account -- roles .* admin/, ['--username', username]],
      [/^This is no e-mail address/, ['--username', 'fresh.one', '--email', 'nowhere']],
      [/first that are tried/, ['--username', 'fresh.one', '--password-stdin'], 'password1'],
      [/Unknown option '--password'/, ['--username', 'fresh.one', '--password', 'a loom that weaves algebra']],
      [/^npm run admin:create/, ['--password-stdin'], 'a loom that weaves algebra'],
    ];
    for (const [message, args, stdin] of tries) {
      const { exitCode, said, complained } = await adminCreate(database, args, stdin);
      expect({ args, exitCode, said }).toEqual({ args, exitCode: 1, said: '' });
      expect(complained).toMatch(message);
      expect(complained).not.toMatch(/^ +at /m); // no stack
    }
    const users = app.nest.get(DataSource).getMetadata('UserEntity').tablePath;
    const rows = await app.nest.get(DataSource).query(`SELECT id FROM ${users} WHERE username = 'fresh.one'`);
    expect(rows).toEqual([]);
  });
});
