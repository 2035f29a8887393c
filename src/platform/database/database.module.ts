import { Global, Logger, Module } from '@nestjs/common';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { DatabaseSettings } from '../config/settings/database.settings';
import { DatabaseNotReadyError } from './database-not-ready.error';
import { nameOf, openDataSource } from './open-data-source';
import { PoolMetrics } from './pool-metrics';
import { Transactions } from './transactions';

/** TypeORM's own options need the embedded database to run, so they are made where it is started. */
type ServiceOptions = TypeOrmModuleOptions & { settings: DatabaseSettings };

/** A connected DataSource whose tables are as this version wants them. Connections end last, then the embedded database. */
async function openForService(settings: DatabaseSettings) {
  const dataSource = await openDataSource(settings, { shareRunningServer: false });
  try {
    const pending = await dataSource.pendingMigrations();
    if (pending.length === 0) return dataSource;
    if (!settings.migrateOnStart) {
      throw new DatabaseNotReadyError(
        `${pending.length} migrations have not run on ${nameOf(settings)} (the first is ${String(pending[0])}). Run \`npm run migrate\`, or set MIGRATE_ON_START=true.`,
      );
    }
    const done = await dataSource.runMigrations();
    if (done.length > 0) new Logger('Database').log(`${done.length} migrations have run on ${nameOf(settings)}`);
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}

/** The database, for every module: a `DataSource`, and `Transactions` on it. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [DatabaseSettings],
      useFactory: (settings: DatabaseSettings): ServiceOptions => ({
        type: 'postgres',
        settings,
        toRetry: () => false, // openDataSource() waits by itself, and in plainer words
      }),
      dataSourceFactory: (options) => openForService((options as ServiceOptions).settings),
    }),
  ],
  providers: [Transactions, PoolMetrics],
  exports: [Transactions],
})
export class DatabaseModule {}
