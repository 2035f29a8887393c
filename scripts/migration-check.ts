import { findDrift } from './migration-drift';

/** `npm run migration:check`: fails where entities and migrations say different things. */
async function check(): Promise<void> {
  const { up } = await findDrift();
  if (up.length === 0) {
    console.log('Entities and migrations agree.');
    return;
  }
  console.error('The entities want what no migration makes:\n');
  for (const { query } of up) console.error(`  ${query};`);
  console.error('\n`npm run migration:generate -- Name` writes the migration.');
  process.exitCode = 1;
}

check().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
