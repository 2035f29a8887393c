import 'reflect-metadata';
import { SettingsError } from '../platform/config/load-settings';
import { DatabaseNotReadyError } from '../platform/database/database-not-ready.error';
import { nameOf, openDataSource } from '../platform/database/open-data-source';
import { readDatabaseSettings } from '../platform/database/read-database-settings';

/** `npm run migrate`: brings the tables to what this version wants. Safe to run anywhere, any number of times at once. */
async function migrate(): Promise<void> {
  const settings = readDatabaseSettings();
  console.log(`Migrating schema ${settings.schema} of ${nameOf(settings)}`);
  const dataSource = await openDataSource(settings, { shareRunningServer: true });
  try {
    const pending = await dataSource.pendingMigrations();
    if (pending.length > 0) console.log(`${pending.length} to run`);
    const done = await dataSource.runMigrations();
    for (const { name } of done) console.log(`  ${name}`);
    console.log(done.length > 0 ? `Done: ${done.length} have run.` : 'Nothing to do: the tables are up to date.');
  } finally {
    await dataSource.destroy();
  }
}

migrate().catch((error: unknown) => {
  const isExpected = error instanceof DatabaseNotReadyError || error instanceof SettingsError;
  console.error(isExpected ? error.message : error);
  process.exitCode = 1;
});
