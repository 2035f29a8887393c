import 'reflect-metadata';
import { createDataSource } from './src/platform/database/open-data-source';
import { readDatabaseSettings } from './src/platform/database/read-database-settings';

/**
 * For TypeORM's command line: `npm run migration:run`, `npm run migration:revert`. Works beside a running server; where
 * none runs, the embedded database starts for the command and ends with it.
 */
export default createDataSource(readDatabaseSettings(), { shareRunningServer: true });
