import { Client } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dataSourceOptions } from '../../src/platform/database/data-source-options';
import { MigratingDataSource } from '../../src/platform/database/migrating-data-source';
import { readDatabaseSettings } from '../../src/platform/database/read-database-settings';
import { schemaOf } from '../../src/platform/database/schema-of';
import { requirePostgres, testDatabase, type TestDatabase } from '../support/database';

jest.setTimeout(60_000); // starting a database takes seconds on a busy machine

const STARTERS = 4;

/** Slow, so that all starters meet while it runs; creating the table twice would fail. */
class SlowMigration1700000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE ${schemaOf(queryRunner)}."slow" ("id" int)`);
    await queryRunner.query('SELECT pg_sleep(1)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE ${schemaOf(queryRunner)}."slow"`);
  }
}

describe('migrations on an empty PostgreSQL', () => {
  let database: TestDatabase;
  let opened: MigratingDataSource[] = [];
  let client: Client;

  beforeEach(async () => {
    client = new Client({ connectionString: requirePostgres() });
    await client.connect();
    database = await testDatabase();
  });

  afterEach(async () => {
    await Promise.all(opened.map((dataSource) => dataSource.destroy()));
    opened = [];
    await database.drop();
    await client.end();
  });

  async function starters(migrations?: (typeof SlowMigration1700000000000)[]): Promise<MigratingDataSource[]> {
    const settings = readDatabaseSettings(database.env);
    const options = dataSourceOptions(settings, { url: settings.url! });
    opened = Array.from(
      { length: STARTERS },
      () => new MigratingDataSource({ ...options, poolSize: 2, ...(migrations && { migrations }) }),
    );
    return Promise.all(opened.map((dataSource) => dataSource.initialize()));
  }

  async function recorded(): Promise<string[]> {
    const table = `"${database.env['DATABASE_SCHEMA']!}"."migrations"`;
    return (await client.query<{ name: string }>(`SELECT name FROM ${table} ORDER BY id`)).rows.map(({ name }) => name);
  }

  it('run once when several processes start at the same time, and all of them succeed', async () => {
    const all = await starters();
    const expected = await all[0]!.pendingMigrations();
    const done = await Promise.all(all.map((dataSource) => dataSource.runMigrations()));
    expect(done.flat().map(({ name }) => name)).toHaveLength(expected.length);
    expect((await recorded()).sort()).toEqual([...expected].sort());
    expect(await Promise.all(all.map((dataSource) => dataSource.pendingMigrations()))).toEqual(all.map(() => []));
  });

  it('let the others wait for a slow one', async () => {
    const all = await starters([SlowMigration1700000000000]);
    const done = await Promise.all(all.map((dataSource) => dataSource.runMigrations()));
    expect(done.filter(({ length }) => length === 1)).toHaveLength(1);
    expect(await recorded()).toEqual([SlowMigration1700000000000.name]);
  });

  it('lie in the schema of the settings only', async () => {
    const [dataSource] = await starters();
    const before = await tablesOutside();
    await dataSource!.runMigrations();
    expect(await tablesOutside()).toEqual(before);
  });

  it('can all be reverted, and run again', async () => {
    const [dataSource] = await starters();
    const done = await dataSource!.runMigrations();
    for (let count = done.length; count > 0; count--) await dataSource!.undoLastMigration();
    expect(await recorded()).toEqual([]);
    expect(await dataSource!.runMigrations()).toHaveLength(done.length);
  });

  /** Where tables would land whose migration forgot the schema. */
  async function tablesOutside(): Promise<string[]> {
    const { rows } = await client.query<{ name: string }>(
      `SELECT schemaname || '.' || tablename AS name FROM pg_tables
       WHERE schemaname IN ('public', 'countersign') ORDER BY name`,
    );
    return rows.map(({ name }) => name);
  }
});
