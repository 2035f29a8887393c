import 'reflect-metadata';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { openDataSource } from '../../src/platform/database/open-data-source';
import { readDatabaseSettings } from '../../src/platform/database/read-database-settings';
import { PREPARED_DATA_DIR } from './database';

/** Once for all suites, before the first: a migrated database to copy, or proof that the real one answers. */
export default async function globalSetup(): Promise<void> {
  const url = process.env['TEST_DATABASE_URL'];
  if (url) return checkReachable(url);
  if (process.env[PREPARED_DATA_DIR] !== undefined) return; // Jest calls this once for each of its projects
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-test-'));
  process.env[PREPARED_DATA_DIR] = dataDir; // the workers start with this environment
  const dataSource = await openDataSource(readDatabaseSettings({ DATA_DIR: dataDir }), { shareRunningServer: false });
  await dataSource.runMigrations();
  await dataSource.destroy();
}

async function checkReachable(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  try {
    await client.connect();
  } catch (error) {
    throw new Error('PostgreSQL does not answer at TEST_DATABASE_URL.', { cause: error });
  }
  await client.end();
}
