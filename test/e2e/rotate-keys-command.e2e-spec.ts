import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { aPrincipal, tokenFor } from '../../src/access/testing';
import { SigningKeyRing } from '../../src/tokens/signing-keys/signing-key-ring';
import { type TestDatabase, testDatabase } from '../support/database';
import { FakeClock } from '../support/fake-clock';
import { readJws } from '../support/jws';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';
import { TYPESCRIPT } from '../support/typescript';

jest.setTimeout(240_000); // each command is a process of its own, on a busy machine

const COMMAND = join(__dirname, '..', '..', 'src', 'cli', 'rotate-keys.ts');
/** Within this time a running server refuses what was revoked. */
const EVERYWHERE_MS = 1500;
const SECRETS = { ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}` };

describe('npm run keys:rotate beside a running server', () => {
  let database: TestDatabase;
  let app: TestApp;

  beforeAll(async () => {
    database = await testDatabase();
    // The command goes by the clock on the wall, and so does the server beside it.
    const clock = new FakeClock();
    clock.advance(Math.floor(Date.now() / 1000) - clock.nowInSeconds());
    app = await startTestApp({ database, clock, env: { DOCS: 'off', ...SECRETS } });
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  /** What an operator reads. */
  async function rotate(args: string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, [...TYPESCRIPT, COMMAND, ...args], {
      env: { PATH: process.env['PATH'], NODE_ENV: 'test', ...database.env, ...SECRETS, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { exitCode: child.exitCode, said, complained };
  }

  const kidInNewToken = () => readJws(tokenFor(app.nest, aPrincipal())).header['kid'];

  /** Waits for what the server does by itself every second. */
  async function expectSoon(condition: () => boolean): Promise<void> {
    for (const began = performance.now(); !condition() && performance.now() - began < 10_000;) await sleep(20);
    expect(condition()).toBe(true);
  }

  /** As if the next key had been published long ago. */
  const PUBLISHED_LONG_AGO = { JWKS_MAX_AGE: '2' };

  it('says when the next key signs, where it is too new', async () => {
    const { active, all } = app.nest.get(SigningKeyRing, { strict: false });
    const next = all.find(({ state }) => state === 'next')!;
    const { exitCode, said, complained } = await rotate([]);
    expect({ exitCode, complained }).toEqual({ exitCode: 0, complained: '' });
    const [why, when, otherwise, ...rest] = said.split('\n');
    expect(why).toContain(`The next key, ${next.kid} (ES256), has not been published for long enough`);
    const time = new Date(next.createdAt.getTime() + 600_000).toISOString();
    expect(when).toBe(`It signs from ${time} on; the running service sees to that.`);
    expect(otherwise).toContain('npm run keys:rotate -- --compromised');
    expect(rest).toEqual(['']);
    await sleep(EVERYWHERE_MS);
    expect(kidInNewToken()).toBe(active.kid);
  });

  it('signs with the next key, and the one before verifies on', async () => {
    const ada = await Person.signedIn(app);
    const { active, all } = app.nest.get(SigningKeyRing, { strict: false });
    const next = all.find(({ state }) => state === 'next')!;
    const { exitCode, said, complained } = await rotate([], PUBLISHED_LONG_AGO);
    expect({ exitCode, complained }).toEqual({ exitCode: 0, complained: '' });
    expect(said).toMatch(
      new RegExp(
        `^${next.kid} \\(ES256\\) signs from now on\\.\n` +
          `${active.kid} \\(ES256\\) only verifies, until \\S+Z\\.\n` +
          `The key after it is published: [\\w-]{43} \\(ES256\\)\\.\n$`,
      ),
    );
    await expectSoon(() => kidInNewToken() === next.kid);
    await ada.get('/v1/payouts/limits', ada.accessToken).expect(200);
  });

  it('refuses every token of leaked keys, and signs with the next one at once', async () => {
    const ada = await Person.signedIn(app);
    await ada.get('/v1/payouts/limits', ada.accessToken).expect(200);
    const { all } = app.nest.get(SigningKeyRing, { strict: false });
    const next = all.find(({ state }) => state === 'next')!;
    const leaked = all.filter(({ state }) => state !== 'next').map(({ kid }) => kid);
    expect(leaked).toHaveLength(2);
    const { exitCode, said, complained } = await rotate(['--compromised']);
    expect({ exitCode, complained }).toEqual({ exitCode: 0, complained: '' });
    expect(said).toContain(`${next.kid} (ES256) signs from now on.\n`);
    expect(said).toContain(`Refused from now on, with every token they signed: ${leaked.join(', ')}.\n`);
    await sleep(EVERYWHERE_MS);
    await refused(ada.get('/v1/payouts/limits', ada.accessToken), 401, 'token_invalid');
    ada.take((await ada.refresh().expect(200)).body);
    expect(readJws(ada.accessToken).header['kid']).toBe(next.kid);
    await ada.get('/v1/payouts/limits', ada.accessToken).expect(200);
  });

  it('says plainly what keeps it from that, and changes nothing', async () => {
    const before = app.nest.get(SigningKeyRing, { strict: false }).all.map(({ kid, state }) => `${kid} ${state}`);
    const other = `other:${randomBytes(32).toString('base64')}`;
    const tries: [RegExp, string[], Record<string, string>][] = [
      [/^npm run keys:rotate \[-- --compromised\]\n/, ['--comprimised'], {}],
      [/^npm run keys:rotate \[-- --compromised\]\n/, ['some-kid'], {}],
      [/^ENCRYPTION_KEYS are not those that sealed .*Nothing was changed\.\n$/, [], { ENCRYPTION_KEYS: other }],
      [/^The settings are not complete or not right:\n {2}- JWKS_MAX_AGE: /, [], { JWKS_MAX_AGE: 'long' }],
    ];
    for (const [message, args, env] of tries) {
      const { exitCode, said, complained } = await rotate([...args, '--compromised'].slice(0, 2), env);
      expect({ args, exitCode, said }).toEqual({ args, exitCode: 1, said: '' });
      expect(complained).toMatch(message);
      expect(complained).not.toMatch(/^ +at /m); // no stack
    }
    await sleep(EVERYWHERE_MS);
    const after = app.nest.get(SigningKeyRing, { strict: false }).all.map(({ kid, state }) => `${kid} ${state}`);
    expect(after).toEqual(before);
  });

  it('says so where there are no tables', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'countersign-test-'));
    try {
      const { exitCode, complained } = await rotate([], { DATA_DIR: dataDir, DATABASE_SCHEMA: 'never_migrated' });
      expect(exitCode).toBe(1);
      expect(complained).toBe('The tables are not there, or not up to date: run npm run migrate first.\n');
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
