import { PGlite } from '@electric-sql/pglite';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { TEMPLATE_FOLDER } from '../platform/database/embedded-postgres';

/** Part of the build: the empty database that a first start copies. Without it, a first start makes one itself. */
async function makeTemplate(): Promise<void> {
  if (existsSync(TEMPLATE_FOLDER)) return;
  const draft = `${TEMPLATE_FOLDER}.draft`;
  rmSync(draft, { recursive: true, force: true });
  const database = await PGlite.create({ dataDir: draft });
  await database.close();
  renameSync(draft, TEMPLATE_FOLDER);
}

makeTemplate().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
