import { randomBytes } from 'node:crypto';
import { cpSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';

/** Variable that names the data folder made ready by the global set-up. */
export const PREPARED_DATA_DIR = 'COUNTERSIGN_PREPARED_DATA_DIR';

export interface TestDatabase {
  /** What an application needs in its environment to use this database and no other. */
  readonly env: Record<string, string>;
  /** Removes it. Close the application first. */
  drop(): Promise<void>;
}

/** A database of one test file's own: a copy of the migrated embedded one, or a schema of the PostgreSQL at TEST_DATABASE_URL. */
export async function testDatabase(): Promise<TestDatabase> {
  const url = process.env['TEST_DATABASE_URL'];
  return url ? schemaOn(url) : copyOfPrepared();
}

/**
 * The PostgreSQL for tests that the embedded database cannot answer, since all its connections share one session.
 *
 * @returns its URL
 */
export function requirePostgres(): string {
  const url = process.env['TEST_DATABASE_URL'];
  if (!url) throw new Error('These tests need a real PostgreSQL: set TEST_DATABASE_URL=postgres://…');
  return url;
}

async function copyOfPrepared(): Promise<TestDatabase> {
  const prepared = process.env[PREPARED_DATA_DIR];
  if (prepared === undefined) throw new Error('The global set-up has not run: start the tests with Jest.');
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-test-'));
  cpSync(prepared, dataDir, { recursive: true }); // A thousand files: a third of the time of the asynchronous one.
  return {
    // Empty: a .env of the developer must not lead the tests to another database.
    env: { DATA_DIR: dataDir, DATABASE_URL: '', DATABASE_SCHEMA: '', MIGRATE_ON_START: 'true' },
    drop: () => rm(dataDir, { recursive: true, force: true }),
  };
}

function schemaOn(url: string): Promise<TestDatabase> {
  const schema = `test_${randomBytes(8).toString('hex')}`;
  return Promise.resolve({
    env: { DATABASE_URL: url, DATABASE_SCHEMA: schema, MIGRATE_ON_START: 'true' },
    drop: async () => {
      const client = new Client({ connectionString: url });
      await client.connect();
      try {
        await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      } finally {
        await client.end();
      }
    },
  });
}
