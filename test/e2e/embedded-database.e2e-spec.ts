import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Pool } from 'pg';
import { EmbeddedPostgres } from '../../src/platform/database/embedded-postgres';
import { TYPESCRIPT } from '../support/typescript';

jest.setTimeout(60_000); // starting a database takes seconds on a busy machine

const CHILD = join(__dirname, '..', 'support', 'embedded-child.ts');
const ROUNDS = 3;

describe(EmbeddedPostgres.name, () => {
  let dataDir: string;
  const children = new Set<ChildProcess>();

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'embedded-'));
    await withDatabase(() => Promise.resolve()); // the long first start, outside of any test's time
  });

  afterEach(async () => {
    for (const child of children) await kill(child);
    children.clear();
  });

  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  async function withDatabase<T>(work: (pool: Pool, embedded: EmbeddedPostgres) => Promise<T>, folder = dataDir) {
    const embedded = await EmbeddedPostgres.start(folder);
    const pool = new Pool({ host: embedded.socketFolder, user: 'postgres', database: 'postgres', max: 5 });
    try {
      return await work(pool, embedded);
    } finally {
      await pool.end();
      await embedded.stop();
    }
  }

  /** A process of its own on the folder. `onLine` sees what it prints, first of all `ready`. */
  async function otherProcess(task: 'hold' | 'write', onLine: (line: string) => void = () => undefined) {
    const child = spawn(process.execPath, [...TYPESCRIPT, CHILD, dataDir, task], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.add(child);
    const lines = createInterface({ input: child.stdout });
    await once(lines, 'line');
    lines.on('line', onLine);
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'close'); // by then all that it printed has been read
    child.kill('SIGKILL');
    await ended;
  }

  it('keeps data over a restart, and leaves no lock and no socket behind', async () => {
    const socketFolder = await withDatabase(async (pool, embedded) => {
      await pool.query("CREATE TABLE greetings AS SELECT 'hello' AS text");
      expect(statSync(dataDir).mode & 0o777).toBe(0o700);
      expect(statSync(embedded.socketFolder).mode & 0o777).toBe(0o700);
      return embedded.socketFolder;
    });
    expect(existsSync(socketFolder)).toBe(false);
    expect(existsSync(join(dataDir, 'database.lock'))).toBe(false);

    const { rows } = await withDatabase((pool) => pool.query('SELECT text FROM greetings'));
    expect(rows).toEqual([{ text: 'hello' }]);
  });

  it('gives each connection its own rows when several have waited for a transaction', async () => {
    await withDatabase(async (pool) => {
      await Promise.all([1, 2, 3, 4, 5].map(() => pool.query('SELECT pg_sleep(0.01)'))); // opens all connections
      const client = await pool.connect();
      await client.query('BEGIN');
      const waiting = Promise.all([1, 2, 3, 4].map((n) => pool.query<{ n: number }>('SELECT $1::int AS n', [n])));
      await new Promise((passed) => setTimeout(passed, 100)); // until all four stand in the server's queue
      await client.query('COMMIT');
      client.release();
      expect((await waiting).map(({ rows }) => rows[0]?.n)).toEqual([1, 2, 3, 4]);
    });
  });

  it('frees the others when a client goes away in the middle of a transaction', async () => {
    await withDatabase(async (pool) => {
      await pool.query('CREATE TABLE IF NOT EXISTS abandoned (n int)');
      const client = await pool.connect();
      await client.query('BEGIN');
      await client.query('INSERT INTO abandoned VALUES ($1)', [1]);
      client.release(true);
      const { rows } = await pool.query('SELECT count(*)::int AS n FROM abandoned');
      expect(rows).toEqual([{ n: 0 }]);
    });
  });

  it(`loses nothing that was answered when the process is killed while it writes (${ROUNDS} times)`, async () => {
    const answered: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const before = answered.length;
      const child = await otherProcess('write', (line) => answered.push(line));
      while (answered.length < before + 200) await new Promise((passed) => setTimeout(passed, 10));
      await kill(child);
    }
    const kept = await withDatabase(async (pool) => (await pool.query<{ id: string }>('SELECT id FROM kept')).rows);
    const ids = new Set(kept.map(({ id }) => id));
    expect(answered.filter((id) => !ids.has(id))).toEqual([]);
  });

  it('refuses a folder that a living process holds, and names that process', async () => {
    const child = await otherProcess('hold');
    await expect(EmbeddedPostgres.start(dataDir)).rejects.toThrow(`in use by process ${String(child.pid)}`);
  });

  it('lets a command-line tool find the server of the other process', async () => {
    expect(await EmbeddedPostgres.running(dataDir)).toBeUndefined();
    await otherProcess('hold');
    const host = await EmbeddedPostgres.running(dataDir);
    const pool = new Pool({ host: host!, user: 'postgres', database: 'postgres' });
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it('takes the folder over from a process that died, and removes its socket', async () => {
    const child = await otherProcess('hold');
    await kill(child);
    const dead = JSON.parse(readFileSync(join(dataDir, 'database.lock'), 'utf8')) as Record<string, string>;
    expect(existsSync(dead['socketFolder']!)).toBe(true);
    await withDatabase(() => Promise.resolve());
    expect(existsSync(dead['socketFolder']!)).toBe(false);
  });

  it('begins anew where the very first start was cut off', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'embedded-'));
    await writeFile(join(folder, 'postgres'), ''); // whatever lies there is no database yet
    await writeFile(join(folder, 'postgres.unfinished'), '');
    const { rows } = await withDatabase((pool) => pool.query('SELECT 1 AS one'), folder);
    expect(rows).toEqual([{ one: 1 }]);
    await rm(folder, { recursive: true });
  });

  it('works in a folder whose path is longer than a socket may have', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'embedded-'));
    const folder = join(parent, 'a'.repeat(100), 'b'.repeat(100));
    const { rows } = await withDatabase((pool) => pool.query('SELECT 1 AS one'), folder);
    expect(rows).toEqual([{ one: 1 }]);
    await rm(parent, { recursive: true });
  });
});
