import { Test } from '@nestjs/testing';
import { Client } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { testDatabase, type TestDatabase } from '../support/database';
import { loadSettings } from '../../src/platform/config/load-settings';
import { DatabaseSettings } from '../../src/platform/config/settings/database.settings';
import { ServerSettings } from '../../src/platform/config/settings/server.settings';
import { SettingsModule } from '../../src/platform/config/settings.module';
import { clientConfigOf } from '../../src/platform/database/data-source-options';
import { DatabaseModule } from '../../src/platform/database/database.module';
import { schemaOf } from '../../src/platform/database/schema-of';
import { MetricsModule } from '../../src/platform/metrics/metrics.module';
import { Transactions } from '../../src/platform/database/transactions';

jest.setTimeout(60_000); // starting a database takes seconds on a busy machine

async function start(env: Record<string, string>) {
  const settings = loadSettings([DatabaseSettings, ServerSettings], env);
  const module = await Test.createTestingModule({
    imports: [SettingsModule.forRoot(settings), MetricsModule, DatabaseModule],
  }).compile();
  module.enableShutdownHooks();
  return module.init();
}

describe(DatabaseModule.name, () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await testDatabase();
  });

  afterAll(() => database.drop());

  it('refuses to start on tables of an older version, and says what to do', async () => {
    const env = { ...database.env, DATABASE_SCHEMA: 'never_migrated', MIGRATE_ON_START: 'false' };
    await expect(start(env)).rejects.toThrow('npm run migrate');
  });

  it('starts on migrated tables, whether or not it may migrate, and closes its connections', async () => {
    for (const migrate of ['true', 'false']) {
      const module = await start({ ...database.env, MIGRATE_ON_START: migrate });
      const dataSource = module.get(DataSource);
      expect(dataSource.entityMetadatas.length).toBeGreaterThan(0);
      await module.close();
      expect(dataSource.isInitialized).toBe(false);
    }
  });

  it('tells how to connect beside the pool', async () => {
    const module = await start(database.env);
    const client = new Client(clientConfigOf(module.get(DataSource)));
    await client.connect();
    expect((await client.query('SELECT $1::text AS said', ['yes'])).rows).toEqual([{ said: 'yes' }]);
    await client.end();
    await module.close();
  });
});

describe(Transactions.name, () => {
  let database: TestDatabase;
  let module: Awaited<ReturnType<typeof start>>;
  let transactions: Transactions;
  let table: string;

  beforeAll(async () => {
    database = await testDatabase();
    module = await start(database.env);
    transactions = module.get(Transactions);
    const runner = module.get(DataSource).createQueryRunner();
    table = `${schemaOf(runner)}."tries"`;
    await runner.query(`CREATE SCHEMA IF NOT EXISTS ${schemaOf(runner)}`);
    await runner.query(`CREATE TABLE ${table} ("n" int)`);
    await runner.release();
  });

  afterAll(async () => {
    await module.close();
    await database.drop();
  });

  const failWith = (tx: EntityManager, code: string) =>
    tx.query(`DO $$ BEGIN RAISE EXCEPTION 'made up' USING ERRCODE = '${code}'; END $$`);
  const count = async () => {
    const rows: unknown = await module.get(DataSource).query(`SELECT count(*)::int AS n FROM ${table}`);
    return (rows as { n: number }[])[0]?.n;
  };

  it.each(['40001', '40P01'])('does the work again after %s, from the beginning', async (code) => {
    const before = (await count()) ?? 0;
    let tries = 0;
    const result = await transactions.run(async (tx) => {
      await tx.query(`INSERT INTO ${table} VALUES (1)`);
      if (++tries < 3) await failWith(tx, code);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await count()).toBe(before + 1);
  });

  it.each([
    ['40001', 3],
    ['23505', 1],
  ])('gives up on %s after %i tries', async (code, expected) => {
    let tries = 0;
    const work = transactions.run((tx) => {
      tries++;
      return failWith(tx, code);
    });
    await expect(work).rejects.toThrow('made up');
    expect(tries).toBe(expected);
  });
});
