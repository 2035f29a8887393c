import { loadSettings } from '../config/load-settings';
import type { Environment } from '../config/setting.decorator';
import { DatabaseSettings } from '../config/settings/database.settings';
import { readEnvironment } from '../config/settings.module';

/** The settings of the database alone: a job that only migrates needs no keys and no issuer. */
export function readDatabaseSettings(env: Environment = readEnvironment()): DatabaseSettings {
  return loadSettings([DatabaseSettings], env).get(DatabaseSettings) as DatabaseSettings;
}
