import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { DatabaseSettings } from '../../src/platform/config/settings/database.settings';
import { EncryptionKeyring } from '../../src/platform/crypto/encryption-keyring';
import { Resealing } from '../../src/platform/crypto/resealing';
import { type Sealed, SecretBox } from '../../src/platform/crypto/secret-box';
import { sealedColumnsOf } from '../../src/platform/crypto/sealed-columns';
import { SealedRowsStore } from '../../src/platform/crypto/sealed-rows.store';
import { type TestDatabase, testDatabase } from '../support/database';
import { Person } from '../support/person';
import { startTestApp, type TestApp } from '../support/test-app';
import { TYPESCRIPT } from '../support/typescript';

jest.setTimeout(240_000); // each command is a process of its own, on a busy machine

const COMMAND = join(__dirname, '..', '..', 'src', 'cli', 'reseal-secrets.ts');
const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const boxOf = (keys: string) => new SecretBox(new EncryptionKeyring({ encryptionKeys: keys }, {} as DatabaseSettings));

/** Columns of bytes that hold no sealed secret, each with what it holds. */
const NOT_SEALED = [
  'audit_removals.mac',
  'audit_seals.digests',
  'audit_seals.mac',
  'audit_seals.sealed_at',
  'contact_attempts.subject',
  'known_devices.digest',
  'mfa_challenges.state',
  'one_time_tokens.digest',
  'phone_verifications.state',
  'recovery_codes.mac',
  'service_clients.secret_digest',
  'used_passkey_challenges.challenge',
  'webauthn_credentials.credential_id',
  'webauthn_credentials.public_key',
  'webauthn_users.handle',
];

describe('Resealing secrets', () => {
  const old = key('old');
  const young = key('young');
  let database: TestDatabase;
  let app: TestApp;
  let dataSource: DataSource;

  async function restart(keys: string): Promise<void> {
    const now = app.clock.nowInSeconds();
    await app.close();
    app = await startTestApp({ database, env: { DOCS: 'off', ENCRYPTION_KEYS: keys } });
    app.clock.advance(now - app.clock.nowInSeconds());
    dataSource = app.nest.get(DataSource);
  }

  function begin(keys: string): ChildProcess {
    return spawn(process.execPath, [...TYPESCRIPT, COMMAND], {
      env: { PATH: process.env['PATH'], NODE_ENV: 'test', ...database.env, ENCRYPTION_KEYS: keys },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** What an operator reads after `npm run secrets:reseal`. */
  async function outcomeOf(child: ChildProcess) {
    const [said, complained] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'close')]);
    return { exitCode: child.exitCode, said, complained };
  }

  const table = (name: string) => `"${app.nest.get(DatabaseSettings, { strict: false }).schema}"."${name}"`;
  const rowsUnder = async (id: string) => {
    const counts = await new SealedRowsStore(dataSource).count();
    return counts.filter(({ keyId }) => keyId === id).reduce((sum, { rows }) => sum + rows, 0);
  };

  /** Messages that nobody reads, sealed with the old key. */
  async function fillOutbox(rows: number): Promise<string[]> {
    const box = boxOf(old);
    const ids = Array.from({ length: rows }, () => uuidv7());
    const sealed = ids.map((rowId) =>
      box.seal(Buffer.from('{}'), { table: 'outbox', column: 'sealed_content', rowId }),
    );
    await dataSource.query(
      `INSERT INTO ${table('outbox')} (id, channel, recipient, sealed_content, created_at)
       SELECT unnest($1::uuid[]), 'email', 'nobody@example.com', unnest($2::text[]), $3`,
      [ids, sealed, app.clock.now()],
    );
    return ids;
  }

  beforeAll(async () => {
    database = await testDatabase();
    app = await startTestApp({ database, env: { DOCS: 'off', ENCRYPTION_KEYS: old } });
    dataSource = app.nest.get(DataSource);
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('knows every column that holds sealed secrets', async () => {
    const ada = new Person(app);
    const { username, password } = ada;
    await ada.post('/v1/auth/register', { username, password, email: 'ada@example.com' }).expect(201);
    await ada.login();
    await ada.enroll();
    await ada.activate();

    const known = sealedColumnsOf(dataSource).map(({ table: name, column }) => `${name}.${column}`);
    expect(known.toSorted()).toEqual(
      expect.arrayContaining([
        'mac_keys.sealed_key',
        'mfa_factors.sealed_secret',
        'outbox.sealed_content',
        'signing_keys.sealed_key',
      ]),
    );
    const { schema } = app.nest.get(DatabaseSettings, { strict: false });
    const columns = await dataSource.query<{ table: string; column: string; type: string }[]>(
      `SELECT table_name AS table, column_name AS column, data_type AS type FROM information_schema.columns
        WHERE table_schema = $1`,
      [schema],
    );
    const unknown: string[] = [];
    for (const { table: name, column, type } of columns) {
      const full = `${name}.${column}`;
      if (known.includes(full) || NOT_SEALED.includes(full)) continue;
      // By its type, by its name, or by what lies in it after everything that seals has been used.
      const found = await dataSource.query<unknown[]>(
        `SELECT 1 FROM ${table(name)} WHERE "${column}"::text ~ '(^|[^A-Za-z0-9_-])old[.][A-Za-z0-9_-]{38,}' LIMIT 1`,
      );
      if (type === 'bytea' || column.includes('sealed') || found.length > 0) unknown.push(full);
    }
    expect(unknown).toEqual([]);
  });

  it('moves every row to the new key beside a running server, and says which keys may go', async () => {
    const { username, authenticator } = await Person.withApp(app);
    await fillOutbox(250);
    await restart(`${young},${old}`);
    const before = await rowsUnder('old');
    expect(before).toBeGreaterThan(254);
    expect(await rowsUnder('young')).toBe(0);

    const first = await outcomeOf(begin(`${young},${old}`));
    expect(first).toMatchObject({ exitCode: 0, complained: '' });
    expect(first.said).toMatch(/^Resealing with the key "young" in .*: \d+ rows$/m);
    expect(first.said).toMatch(new RegExp(`^${before} of ${before}$`, 'm'));
    expect(first.said).toContain(`Done: ${before} resealed, 0 do not open, 0 changed meanwhile.\n`);
    expect(first.said).toMatch(/^ {2}key "young": .*\d+ of mac_keys\.sealed_key/m);
    expect(first.said).toMatch(/^ {2}key "old": no rows$/m);
    expect(first.said).toMatch(/^No longer needed in ENCRYPTION_KEYS: old$/m);
    expect([await rowsUnder('old'), await rowsUnder('young')]).toEqual([0, before]);

    // The server beside goes on, one with the new key alone does as well, and a second time there is nothing to do.
    await Person.called(app, username).login();
    await restart(young);
    await Object.assign(Person.called(app, username), { authenticator }).loginWithApp();
    const again = await outcomeOf(begin(young));
    expect(again).toMatchObject({ exitCode: 0, complained: '' });
    expect(again.said).toContain('Done: 0 resealed, 0 do not open, 0 changed meanwhile.\n');
  });

  it('can be stopped, says where it stands, and goes on where it was', async () => {
    await restart(`${young},${old}`);
    await fillOutbox(3000);
    const child = begin(`${young},${old}`);
    const outcome = outcomeOf(child);
    await new Promise<void>((begun) =>
      child.stdout!.on('data', (chunk: Buffer) => {
        if (/^\d+ of 3000$/m.test(chunk.toString())) begun();
      }),
    );
    child.kill('SIGTERM');
    const stopped = await outcome;
    expect(stopped).toMatchObject({ exitCode: 143, complained: '' });
    const resealed = Number(/^Stopped: (\d+) resealed, 0 do not open/m.exec(stopped.said)?.[1]);
    expect(resealed).toBeGreaterThan(0);
    expect(resealed).toBeLessThan(3000);
    expect(await rowsUnder('old')).toBe(3000 - resealed);
    expect(stopped.said).toMatch(/^Still needed beside young: old\. Run this again to go on\.$/m);
    expect(stopped.said).not.toContain('No longer needed');

    const rest = await outcomeOf(begin(`${young},${old}`));
    expect(rest.exitCode).toBe(0);
    expect(rest.said).toContain(`Done: ${3000 - resealed} resealed, 0 do not open, 0 changed meanwhile.\n`);
    expect(await rowsUnder('old')).toBe(0);
  });

  it('leaves what somebody writes meanwhile, and resurrects nothing that is gone', async () => {
    const [overwritten, deleted, untouched] = (await fillOutbox(3)) as [string, string, string];
    const place = (rowId: string) => ({ table: 'outbox', column: 'sealed_content', rowId });
    const keyring = new EncryptionKeyring({ encryptionKeys: `${young},${old}` }, {} as DatabaseSettings);
    const box = new SecretBox(keyring);
    const written = box.seal(Buffer.from('written meanwhile'), place(overwritten));
    /** Between reading a row and writing it, others write. */
    class Interrupted extends SealedRowsStore {
      override async replace(...[column, row, by]: Parameters<SealedRowsStore['replace']>): Promise<boolean> {
        const update = `UPDATE ${table('outbox')} SET sealed_content = $1 WHERE id = $2`;
        if (row.id === overwritten) await dataSource.query(update, [written, overwritten]);
        if (row.id === deleted) await dataSource.query(`DELETE FROM ${table('outbox')} WHERE id = $1`, [deleted]);
        return super.replace(column, row, by);
      }
    }
    const watcher = { advanced: () => undefined, failed: () => undefined };
    const resealing = new Resealing(new Interrupted(dataSource), box, keyring, watcher);
    expect(await resealing.run(new AbortController().signal)).toEqual({
      resealed: 1,
      overtaken: 2,
      failed: 0,
      wasStopped: false,
    });
    const left = await dataSource.query<{ id: string; sealed: Sealed<string> }[]>(
      `SELECT id, sealed_content AS sealed FROM ${table('outbox')} WHERE id = ANY($1) ORDER BY id`,
      [[overwritten, deleted, untouched]],
    );
    expect(left.map(({ id }) => id)).toEqual([overwritten, untouched]);
    expect(left[0]!.sealed).toBe(written);
    expect(boxOf(young).open(left[1]!.sealed, place(untouched)).toString()).toBe('{}');
  });

  it('names a row that does not open, goes on with the rest, and fails', async () => {
    const [tampered, moved, plain, good] = (await fillOutbox(4)) as [string, string, string, string];
    const set = (id: string, sealed: string) =>
      dataSource.query(`UPDATE ${table('outbox')} SET sealed_content = $1 WHERE id = $2`, [sealed, id]);
    const [{ sealed }] = await dataSource.query<[{ sealed: string }]>(
      `SELECT sealed_content AS sealed FROM ${table('outbox')} WHERE id = $1`,
      [good],
    );
    const bytes = Buffer.from(sealed.slice(4), 'base64url');
    bytes[14]! ^= 1;
    await set(tampered, `old.${bytes.toString('base64url')}`);
    await set(moved, sealed);
    await set(plain, 'open.sesame');

    const { exitCode, said, complained } = await outcomeOf(begin(`${young},${old}`));
    expect(exitCode).toBe(1);
    const [named, advice] = complained.split(/^(?=Rows that do not open)/m) as [string, string];
    expect(named.trim().split('\n').toSorted()).toEqual(
      [tampered, moved, plain].map((id) => `outbox.sealed_content of row ${id} does not open`).toSorted(),
    );
    expect(said).toContain('Done: 1 resealed, 3 do not open, 0 changed meanwhile.\n');
    expect(said).toMatch(/^ {2}key "old": 2 of outbox\.sealed_content$/m);
    expect(said).toMatch(/^ {2}not sealed at all: 1 of outbox\.sealed_content$/m);
    expect(said).toMatch(/^Still needed beside young: old\.$/m);
    expect(advice).toContain('Running this again does not help. Restore each from a backup');
    expect(advice).toContain(`delete the row\n(the lines above name table and row; the tables are in the schema "`);
    expect(`${said}${complained}`).not.toMatch(/sesame|[A-Za-z0-9_-]{38,}\./);

    // A key that rows need and nobody has is named at the start, and by the command.
    const without = await outcomeOf(begin(young));
    expect(without.exitCode).toBe(1);
    expect(without.said).toMatch(/^ {2}key "old": 2 of outbox.*, and ENCRYPTION_KEYS does not have it$/m);
    await app.close();
    const starting = startTestApp({ database, env: { DOCS: 'off', ENCRYPTION_KEYS: young } });
    await expect(starting).rejects.toThrow(
      /^2 of outbox\.sealed_content need the key "old", which ENCRYPTION_KEYS does not have$/,
    );
    app = await startTestApp({ database, env: { DOCS: 'off', ENCRYPTION_KEYS: `${young},${old}` } });
  });
});
