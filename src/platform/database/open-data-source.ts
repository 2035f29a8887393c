import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseSettings } from '../config/settings/database.settings';
import { dataSourceOptions } from './data-source-options';
import { DatabaseNotReadyError } from './database-not-ready.error';
import { errorCodeOf } from './error-code';
import { EmbeddedPostgres } from './embedded-postgres';
import { MigratingDataSource } from './migrating-data-source';

const TRIES = 5;
const PAUSE_MS = 1000;
/** PostgreSQL is starting, or the network is not there yet: a later try may succeed. */
const PASSING = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', '57P03']);

export interface OpenOptions {
  /** Command-line tools work beside a running server, through its socket; a server wants the data folder alone. */
  readonly shareRunningServer: boolean;
}

/**
 * The DataSource for what the settings name, not yet connected. Starts the embedded database where there is no
 * `DATABASE_URL`; `destroy()` ends it again.
 */
export async function createDataSource(
  settings: DatabaseSettings,
  { shareRunningServer }: OpenOptions,
): Promise<MigratingDataSource> {
  if (settings.url !== undefined) return new MigratingDataSource(dataSourceOptions(settings, { url: settings.url }));
  const running = shareRunningServer ? await EmbeddedPostgres.running(settings.dataDir) : undefined;
  if (running !== undefined) return new MigratingDataSource(dataSourceOptions(settings, { socketFolder: running }));
  const embedded = await EmbeddedPostgres.start(settings.dataDir);
  return new MigratingDataSource(dataSourceOptions(settings, embedded), () => embedded.stop());
}

/**
 * The same, connected. Waits a few seconds for a PostgreSQL that is just starting.
 *
 * @throws DatabaseNotReadyError that says why the database cannot be used
 */
export async function openDataSource(settings: DatabaseSettings, options: OpenOptions): Promise<MigratingDataSource> {
  const logger = new Logger('Database');
  for (let attempt = 1; ; attempt++) {
    const dataSource = await createDataSource(settings, options);
    try {
      return await dataSource.initialize();
    } catch (error) {
      if (settings.url === undefined || !isOfConnecting(error)) throw error;
      const message = `${nameOf(settings)} cannot be used: ${reasonOf(error)}`;
      if (attempt === TRIES || !PASSING.has(errorCodeOf(error) ?? '')) {
        throw new DatabaseNotReadyError(`${message}. Check DATABASE_URL, and that the server is running.`);
      }
      logger.warn(`${message}. Trying again.`);
      await sleep(PAUSE_MS);
    }
  }
}

/** The database in words, without the password. */
export function nameOf(settings: DatabaseSettings): string {
  if (settings.url === undefined) return `the embedded database in ${settings.dataDir}`;
  const { host, pathname } = URL.canParse(settings.url) ? new URL(settings.url) : { host: '', pathname: '' };
  return `PostgreSQL ${pathname.slice(1)} at ${host || 'DATABASE_URL'}`;
}

/** System errors and the server's refusals of a connection (classes 08, 28, 3D, 53, 57); anything else is a defect. */
function isOfConnecting(error: unknown): boolean {
  return (
    /^(E[A-Z_]+|08...|28...|3D...|53...|57...)$/.test(errorCodeOf(error) ?? '') || reasonOf(error).includes('timeout')
  );
}

function reasonOf(error: unknown): string {
  return (error as Error).message || (errorCodeOf(error) ?? 'no answer');
}
