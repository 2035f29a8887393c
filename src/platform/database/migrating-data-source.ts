import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, MigrationExecutor, type DataSourceOptions, type Migration, type QueryRunner } from 'typeorm';
import { schemaOf } from './schema-of';

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;
type MigrationOptions = NonNullable<Parameters<DataSource['runMigrations']>[0]>;

/** First key of our advisory locks in migrations; the second is the schema. */
const MIGRATION_LOCK = 0x436f756e;
const LOCK_POLL_MS = 200;

/**
 * A DataSource whose migrations run once, however many processes start them: under an advisory lock, for which the
 * others wait. The schema is created before the first one.
 */
export class MigratingDataSource extends DataSource {
  constructor(
    private readonly postgresOptions: PostgresOptions,
    /** Ends what the connections lead to, after them. */
    private readonly stopServer: () => Promise<void> = () => Promise.resolve(),
  ) {
    super(postgresOptions);
  }

  override async initialize(): Promise<this> {
    try {
      return await super.initialize();
    } catch (error) {
      await this.stopServer();
      throw error;
    }
  }

  override async destroy(): Promise<void> {
    try {
      await super.destroy();
    } finally {
      await this.stopServer();
    }
  }

  override runMigrations(options?: MigrationOptions): Promise<Migration[]> {
    return this.withMigrationLock((runner) => this.executor(runner, options).executePendingMigrations());
  }

  override undoLastMigration(options?: MigrationOptions): Promise<void> {
    return this.withMigrationLock((runner) => this.executor(runner, options).undoLastMigration());
  }

  /** Names of the migrations that have not run here. Reads only: a replica may lack the right to create anything. */
  async pendingMigrations(): Promise<string[]> {
    const runner = this.createQueryRunner();
    try {
      const table = `${schemaOf(runner)}.${this.driver.escape('migrations')}`;
      const found = (await runner.query('SELECT to_regclass($1) IS NOT NULL AS there', [table])) as [
        { there: boolean },
      ];
      const rows = found[0].there ? ((await runner.query(`SELECT name FROM ${table}`)) as { name: string }[]) : [];
      const done = new Set(rows.map(({ name }) => name));
      return this.migrations.map(({ name, constructor }) => name ?? constructor.name).filter((name) => !done.has(name));
    } finally {
      await runner.release();
    }
  }

  private executor(runner: QueryRunner, options?: MigrationOptions): MigrationExecutor {
    const executor = new MigrationExecutor(this, runner);
    executor.transaction = options?.transaction ?? 'each';
    executor.fake = options?.fake ?? false;
    return executor;
  }

  private async withMigrationLock<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.createQueryRunner();
    const key = [MIGRATION_LOCK, this.postgresOptions.schema ?? ''];
    try {
      // Polling: a statement that waits would hold a snapshot, for which CREATE INDEX CONCURRENTLY waits in turn.
      while (!(await isGranted(runner, key))) await sleep(LOCK_POLL_MS);
      try {
        await runner.query('SET statement_timeout = 0'); // a migration takes as long as it takes
        await createSchema(runner);
        return await work(runner);
      } finally {
        await runner.query('RESET statement_timeout');
        await runner.query('SELECT pg_advisory_unlock($1, hashtext($2))', key);
      }
    } finally {
      await runner.release();
    }
  }
}

async function isGranted(runner: QueryRunner, key: unknown[]): Promise<boolean> {
  const rows = (await runner.query('SELECT pg_try_advisory_lock($1, hashtext($2)) AS granted', key)) as [
    { granted: boolean },
  ];
  return rows[0].granted;
}

async function createSchema(runner: QueryRunner): Promise<void> {
  const name = schemaOf(runner);
  // Asked first: IF NOT EXISTS demands the right to create even where there is nothing to do.
  const rows = (await runner.query('SELECT to_regnamespace($1) IS NOT NULL AS there', [name])) as [{ there: boolean }];
  if (!rows[0].there) await runner.query(`CREATE SCHEMA ${name}`);
}
