import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { Authenticator } from '../support/authenticator';
import { type TestDatabase, testDatabase } from '../support/database';
import { readJws } from '../support/jws';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';
import { TYPESCRIPT } from '../support/typescript';

jest.setTimeout(120_000); // each command is a process of its own, on a busy machine

const COMMAND = join(__dirname, '..', '..', 'src', 'cli', 'account.ts');
/** Within this time a running server refuses what was revoked. */
const EVERYWHERE_MS = 1500;

/** What an operator reads after `npm run account -- …`. */
async function account(database: TestDatabase, ...args: string[]) {
  const child = spawn(process.execPath, [...TYPESCRIPT, COMMAND, ...args], {
    env: { PATH: process.env['PATH'], NODE_ENV: 'test', ...database.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, said, complained };
}

/** The command goes by the clock on the wall, and so does the server beside it. */
function setToWallClock({ clock }: TestApp): void {
  clock.advance(Math.floor(Date.now() / 1000) - clock.nowInSeconds());
}

/** Asks until the access token is refused, without anything that would make the server look for revocations. */
async function expectRefusedSoon(person: Person): Promise<void> {
  const began = performance.now();
  while ((await person.get('/v1/payouts/limits', person.accessToken)).status === 200) {
    if (performance.now() - began > 10_000) break;
    await sleep(20);
  }
  expect(performance.now() - began).toBeLessThan(EVERYWHERE_MS);
  await refused(person.get('/v1/payouts/limits', person.accessToken), 401, 'token_invalid');
}

describe('The account command beside a running server', () => {
  let database: TestDatabase;
  let app: TestApp;

  beforeAll(async () => {
    database = await testDatabase();
    app = await startTestApp({ database, env: { DOCS: 'off' } });
    setToWallClock(app);
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('gives roles: the next token has their permissions, and the one before is refused', async () => {
    const ada = await Person.signedIn(app);
    const bob = await Person.signedIn(app);
    expect(readJws(ada.accessToken).payload).toMatchObject({ roles: ['user'] });
    await ada.get('/v1/payouts/limits', ada.accessToken).expect(200);

    expect(await account(database, 'roles', ada.username, 'payouts_approver')).toEqual({
      exitCode: 0,
      said: 'Its roles are now: user, payouts_approver. Tokens from before are refused.\n',
      complained: '',
    });
    await expectRefusedSoon(ada);
    ada.take((await ada.refresh().expect(200)).body);
    const { payload } = readJws(ada.accessToken);
    expect(payload).toMatchObject({ roles: ['user', 'payouts_approver'], permissions: ['payouts:approve'] });
    await ada.get('/v1/payouts/limits', ada.accessToken).expect(200);
    await bob.get('/v1/payouts/limits', bob.accessToken).expect(200);
  });

  it('refuses a role that demands a second factor where there is none, and changes nothing', async () => {
    const ada = await Person.signedIn(app);
    const { exitCode, said, complained } = await account(database, 'roles', ada.username, 'admin');
    expect({ exitCode, said }).toEqual({ exitCode: 1, said: '' });
    expect(complained).toBe('admin: only for an account that has a second factor. Enroll one first.\n');
    await sleep(EVERYWHERE_MS);
    await ada.get('/v1/payouts/limits', ada.accessToken).expect(200);
    ada.take((await ada.refresh().expect(200)).body);
    expect(readJws(ada.accessToken).payload).toMatchObject({ roles: ['user'] });

    await ada.enroll();
    await ada.activate();
    expect(await account(database, 'roles', ada.username, 'admin')).toMatchObject({ exitCode: 0 });
    ada.take((await ada.refresh().expect(200)).body);
    expect(readJws(ada.accessToken).payload).toMatchObject({ roles: ['user', 'admin'] });
  });

  it('leaves an administrator: the last one is neither demoted nor disabled', async () => {
    const ada = await Person.signedIn(app);
    await ada.enroll();
    await ada.activate();
    const users = app.nest.get(DataSource).getMetadata('UserEntity').tablePath;
    await app.nest.get(DataSource).query(`UPDATE ${users} SET roles = '{user}'`);
    expect(await account(database, 'roles', ada.username, 'admin')).toMatchObject({ exitCode: 0 });
    const refusal = 'This is the last administrator. Make another one first: npm run admin:create.\n';
    for (const args of [
      ['roles', ada.username],
      ['disable', ada.username],
    ] as const) {
      expect(await account(database, ...args)).toEqual({ exitCode: 1, said: '', complained: refusal });
    }
    ada.take((await ada.refresh().expect(200)).body);
    expect(readJws(ada.accessToken).payload).toMatchObject({ roles: ['user', 'admin'] });
  });

  it('says plainly what it does not know', async () => {
    const { username } = await Person.registered(app);
    const tries: [RegExp, ...string[]][] = [
      [/^No such role: jester\. There are: .*\badmin\b.*\.\n$/, 'roles', username, 'jester'],
      [/^There is no account nobody-at-all\.\n$/, 'disable', 'nobody-at-all'],
      [/^npm run account -- COMMAND USERNAME\n/, 'promote', username],
      [/^npm run account -- COMMAND USERNAME\n/, 'disable'],
    ];
    for (const [message, ...args] of tries) {
      const { exitCode, said, complained } = await account(database, ...args);
      expect({ args, exitCode, said }).toEqual({ args, exitCode: 1, said: '' });
      expect(complained).toMatch(message);
      expect(complained).not.toMatch(/^ +at /m); // no stack
    }
  });

  it('disables an account for good: enabled again, it signs in anew', async () => {
    const ada = await Person.signedIn(app);
    const idle = ada.elsewhere();
    await idle.login();
    const { username: identifier, password } = ada;

    const disabled = { exitCode: 0, said: 'Disabled. Its tokens are refused.\n', complained: '' };
    expect(await account(database, 'disable', identifier)).toEqual(disabled);
    await expectRefusedSoon(ada);
    await refused(idle.get('/v1/payouts/limits', idle.accessToken), 401, 'token_invalid');
    await refused(ada.post('/v1/auth/login', { identifier, password }), 401, 'invalid_credentials');
    await refused(ada.refresh(), 401, 'invalid_refresh_token');

    expect(await account(database, 'enable', identifier)).toEqual({ exitCode: 0, said: 'Enabled.\n', complained: '' });
    // The one of `idle` was not presented while the account was disabled.
    for (const person of [ada, idle]) {
      await refused(person.refresh(), 401, 'invalid_refresh_token');
      await refused(person.get('/v1/payouts/limits', person.accessToken), 401, 'token_invalid');
    }
    await ada.login();
    await ada.get('/v1/payouts/limits', ada.accessToken).expect(200);
    await ada.refresh().expect(200);
  });
});

describe('The account command where policy demands a second factor', () => {
  let database: TestDatabase;
  let app: TestApp;
  /** Signed in while policy demanded nothing. */
  let ada: Person;
  let bob: Person;

  beforeAll(async () => {
    database = await testDatabase();
    const before = await startTestApp({ database, env: { DOCS: 'off' } });
    setToWallClock(before);
    const names = [await Person.signedIn(before), await Person.signedIn(before)].map(({ username }) => username);
    await before.close();
    app = await startTestApp({ database, env: { DOCS: 'off', MFA_POLICY: 'required' } });
    setToWallClock(app);
    [ada, bob] = names.map((name) => Person.called(app, name)) as [Person, Person];
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  const enroll = (person: Person, enrollmentCode?: string) =>
    person.post('/v1/mfa/factors', { type: 'totp', enrollmentCode }, person.mfaToken);

  it('prints a code that enrolls the first factor of that account, once', async () => {
    for (const person of [ada, bob]) expect((await person.login()).body.status).toBe('mfa_enrollment_required');
    await refused(enroll(ada), 400, 'invalid_token');

    const { exitCode, said, complained } = await account(database, 'enrollment-code', ada.username);
    expect({ exitCode, complained }).toEqual({ exitCode: 0, complained: '' });
    const [code, , advice] = said.split('\n');
    expect(advice).toContain('enrollmentCode of POST /v1/mfa/factors');
    await refused(enroll(bob, code), 400, 'invalid_token');
    const { body } = await enroll(ada, code).expect(201);
    ada.authenticator = new Authenticator(body.enrollment.secret as string, app.clock);
    ada.factorId = body.factor.id as string;
    const spent = ada.mfaToken;
    const activated = await ada.activate();
    expect(activated.body.auth).toMatchObject({ status: 'authenticated', session: { acr: 'aal2' } });

    // Neither the token nor the code is good for another one.
    await refused(ada.post('/v1/mfa/factors', { type: 'totp', enrollmentCode: code }, spent), 401, 'token_invalid');
    const dataSource = app.nest.get(DataSource);
    const codes = await dataSource.query<{ used: boolean }[]>(
      `SELECT used_at IS NOT NULL AS used FROM ${dataSource.getMetadata('OneTimeTokenEntity').tablePath}`,
    );
    expect(codes).toEqual([{ used: true }]);
  });
});
