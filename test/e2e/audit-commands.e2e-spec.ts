import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DataSource } from 'typeorm';
import { AuditSealer } from '../../src/platform/audit/audit-sealer';
import { type TestDatabase, testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { Person } from '../support/person';
import { startTestApp, type TestApp } from '../support/test-app';
import { TYPESCRIPT } from '../support/typescript';

jest.setTimeout(300_000); // each command is a process of its own, on a busy machine

const FIELDS = ['id', 'at', 'type', 'outcome', 'actorId', 'subjectId', 'sessionId', 'ip', 'details'];
const ENCRYPTION_KEYS = `k1:${Buffer.alloc(32, 'sealed for this test').toString('base64')}`;

describe('The audit commands beside a running server', () => {
  let database: TestDatabase;
  let app: TestApp;
  let db: DataSource;
  let events: string;
  let seals: string;

  beforeAll(async () => {
    database = await testDatabase();
    app = await startTestApp({ database, env: { DOCS: 'off', ENCRYPTION_KEYS } });
    db = app.nest.get(DataSource);
    events = db.getMetadata('AuditEventEntity').tablePath;
    seals = events.replace('audit_events', 'audit_seals');
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  /** What an operator reads after `npm run audit:…`. */
  async function audit(command: 'verify' | 'export', ...args: string[]) {
    const source = join(__dirname, '..', '..', 'src', 'cli', `audit-${command}.ts`);
    const child = spawn(process.execPath, [...TYPESCRIPT, source, ...args], {
      env: { PATH: process.env['PATH'], NODE_ENV: 'test', ENCRYPTION_KEYS, ...database.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { exitCode: child.exitCode, said, complained };
  }
  /** The server seals by itself once a second; this waits until it has. */
  const allSealed = () =>
    eventually(async () => {
      await app.nest.get(AuditSealer, { strict: false }).sealNext();
      const [row] = await db.query<{ left: boolean }[]>(
        `SELECT EXISTS (SELECT 1 FROM ${events} e WHERE NOT EXISTS
           (SELECT 1 FROM ${seals} s WHERE e.id = ANY (s.event_ids))) AS left`,
      );
      return row?.left === false ? true : undefined;
    });
  /** As somebody who owns the tables, and wants it unseen. */
  const behindTheTriggers = async (statement: string) => {
    await db.query(`ALTER TABLE ${events} DISABLE TRIGGER USER`);
    await db.query(statement);
    await db.query(`ALTER TABLE ${events} ENABLE TRIGGER USER`);
  };

  it('verifies what was sealed, against a seal that was noted elsewhere too', async () => {
    await Person.signedIn(app);
    await allSealed();
    const first = await audit('verify');
    expect(first).toMatchObject({ exitCode: 0, complained: '' });
    const [, seal = ''] = /^Up to seal (\d+:[0-9a-f]{64})$/m.exec(first.said) ?? [];
    expect(first.said).toMatch(/^[1-9]\d* events in [1-9]\d* seals are as they were sealed\.$/m);
    expect(await audit('verify', '--expect', seal)).toMatchObject({ exitCode: 0, complained: '' });
    const later = await audit('verify', '--expect', `9999:${'0'.repeat(64)}`);
    expect(later.exitCode).toBe(2);
    expect(later.complained).toMatch('cut off');
  });

  it('exports what is asked for as JSON lines, oldest first, and needs no more than a pipe', async () => {
    const grace = await Person.signedIn(app);
    const lines = (await audit('export')).said.trimEnd().split('\n');
    const all = lines.map((line) => JSON.parse(line) as { id: string; at: string; type: string; subjectId: string });
    expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).toSorted());
    const [row] = await db.query<{ count: number }[]>(`SELECT count(*)::integer AS count FROM ${events}`);
    expect(all).toHaveLength(row!.count);
    const last = all.at(-1)!;
    expect(Object.keys(last)).toEqual(FIELDS);
    expect(last).toMatchObject({ type: 'session.login', outcome: 'success', subjectId: grace.id });

    const own = await audit('export', '--subject', grace.id, '--type', 'account.registered');
    expect(own.said.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(own.said)).toMatchObject({ type: 'account.registered', actorId: grace.id });
    expect((await audit('export', '--to', all[0]!.at)).said).toBe('');
    expect((await audit('export', '--from', last.at, '--subject', grace.id)).said).toContain(last.id);
  });

  it('reads page by page, each event once, into a file that it makes and nobody else reads', async () => {
    await db.query(
      `INSERT INTO ${events} (id, at, type, outcome, details)
       SELECT gen_random_uuid(), now(), 'test.many', 'success', '{}' FROM generate_series(1, 2500)`,
    );
    const folder = await mkdtemp(join(tmpdir(), 'countersign-export-'));
    try {
      const out = join(folder, 'events.jsonl');
      expect(await audit('export', '--type', 'test.many', '--out', out)).toMatchObject({ exitCode: 0, said: '' });
      const ids = (await readFile(out, 'utf8')).trimEnd().split('\n');
      expect(new Set(ids).size).toBe(2500);
      expect((await stat(out)).mode & 0o777).toBe(0o600);
      const again = await audit('export', '--out', out);
      expect(again.exitCode).toBe(1);
      expect(again.complained).toMatch('is there already');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('names an event that was changed', async () => {
    await allSealed();
    const [event] = await db.query<{ id: string }[]>(`SELECT id FROM ${events} WHERE type = 'session.login' LIMIT 1`);
    await behindTheTriggers(`UPDATE ${events} SET ip = '192.0.2.7' WHERE id = '${event!.id}'`);
    const found = await audit('verify');
    expect(found.exitCode).toBe(2);
    expect(found.complained).toMatch(`event ${event!.id} was changed`);
  });

  it('says how it is used, and changes nothing, for what it does not understand', async () => {
    for (const args of [['--expect', 'nonsense'], ['--all']]) {
      const { exitCode, complained } = await audit('verify', ...args);
      expect(exitCode).toBe(1);
      expect(complained).toMatch('npm run audit:verify');
    }
    for (const args of [['--from', 'yesterday'], ['--subject', 'ada'], ['--everything'], ['more']]) {
      const { exitCode, said, complained } = await audit('export', ...args);
      expect({ exitCode, said }).toEqual({ exitCode: 1, said: '' });
      expect(complained).toMatch('npm run --silent audit:export');
    }
  });
});
