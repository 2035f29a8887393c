import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { openDataSource } from '../src/platform/database/open-data-source';
import { readDatabaseSettings } from '../src/platform/database/read-database-settings';

type SqlInMemory = Awaited<ReturnType<ReturnType<DataSource['driver']['createSchemaBuilder']>['log']>>;

export interface Drift {
  /** What the entities want and the migrations have not made. */
  readonly up: SqlInMemory['upQueries'];
  /** The way back, in the order in which it is to run. */
  readonly down: SqlInMemory['downQueries'];
  readonly schema: string;
  readonly tables: readonly { readonly entity: unknown; readonly name: string }[];
}

/**
 * Compares the entities with what all migrations together make. On a throw-away embedded database, so that the answer
 * depends on the code alone and nobody's data is touched.
 */
export async function findDrift(): Promise<Drift> {
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-drift-'));
  try {
    const settings = readDatabaseSettings({ DATA_DIR: dataDir });
    const dataSource = await openDataSource(settings, { shareRunningServer: false });
    try {
      await dataSource.runMigrations();
      const { upQueries, downQueries } = await dataSource.driver.createSchemaBuilder().log();
      return {
        up: upQueries,
        down: downQueries.toReversed(),
        schema: settings.schema,
        tables: dataSource.entityMetadatas.map(({ target, tableName }) => ({ entity: target, name: tableName })),
      };
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
