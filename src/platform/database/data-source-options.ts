import { join, sep } from 'node:path';
import type { DataSource, DataSourceOptions } from 'typeorm';
import type { ClientConfig } from 'pg';
import type { DatabaseSettings } from '../config/settings/database.settings';

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** Where the server is: a PostgreSQL by its URL, or the embedded one by the folder of its socket. */
export type DatabaseAddress = { readonly url: string } | { readonly socketFolder: string };

const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;

/** `src`, or `dist` in a build. What means something in a glob stands for itself (Windows: TypeORM knows no escape). */
const ROOT = sep === '/' ? join(__dirname, '..', '..').replaceAll(/[()[\]{}*?]/g, '\\$&') : join(__dirname, '..', '..');

/** TypeORM's options, the same for the service, its command-line tools and the tests. */
export function dataSourceOptions(settings: DatabaseSettings, address: DatabaseAddress): PostgresOptions {
  return {
    type: 'postgres',
    ...connectionTo(address),
    schema: settings.schema,
    poolSize: settings.poolSize,
    connectTimeoutMS: CONNECT_TIMEOUT_MS, // also the longest wait for a free connection of the pool
    applicationName: 'countersign',
    entities: [join(ROOT, '**', '*.entity.{ts,js}')],
    migrations: [join(ROOT, '**', 'migrations', '*.{ts,js}')],
    migrationsTransactionMode: 'each',
    migrationsRun: false,
    synchronize: false,
    // Ids are made by the application, and the embedded database has no extensions.
    installExtensions: false,
    uuidExtension: 'pgcrypto',
    logging: false,
  };
}

/** For a connection outside the pool, such as one that polls: `new Client(clientConfigOf(dataSource))`. */
export function clientConfigOf(dataSource: DataSource): ClientConfig {
  const options = dataSource.options as PostgresOptions;
  const { url, host, port, username, database } = options;
  return {
    ...(options.extra as ClientConfig | undefined),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'countersign',
    ...(url === undefined ? { host, port, user: username, database } : { connectionString: url }),
  };
}

function connectionTo(address: DatabaseAddress): Partial<PostgresOptions> {
  if ('url' in address) {
    return {
      url: address.url,
      extra: {
        statement_timeout: STATEMENT_TIMEOUT_MS,
        idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
      },
    };
  }
  return {
    host: address.socketFolder,
    port: 5432,
    username: 'postgres',
    database: 'postgres',
    // PGlite has no timers, so the client has to watch: a transaction that asks for a second connection waits for itself.
    extra: { query_timeout: STATEMENT_TIMEOUT_MS },
  };
}
