import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { type Drift, findDrift } from './migration-drift';

const SOURCE = resolve(__dirname, '..', 'src');

/**
 * `npm run migration:generate -- AddNickname` or `… -- src/users/migrations/AddNickname`: writes the migration that
 * leads from the existing ones to what the entities say. Read it before it runs: a renamed column comes out as a
 * dropped and an added one.
 */
async function generate(argument: string | undefined): Promise<void> {
  if (argument === undefined || !/^[A-Za-z][A-Za-z0-9]*$/.test(basename(argument))) {
    throw new Error('Name the migration in CamelCase: npm run migration:generate -- AddNickname');
  }
  const drift = await findDrift();
  if (drift.up.length === 0) {
    console.log('Entities and migrations agree: there is nothing to generate.');
    return;
  }
  const timestamp = String(Date.now());
  const folder = argument.includes('/') ? resolve(dirname(argument)) : folderOfChange(drift);
  if (basename(folder) !== 'migrations') throw new Error('A migration is found only in a folder named migrations.');
  const file = join(folder, `${timestamp}-${kebab(basename(argument))}.ts`);
  await mkdir(folder, { recursive: true });
  const text = render(`${basename(argument)}${timestamp}`, folder, drift);
  await writeFile(file, await format(text, { ...(await resolveConfig(file)), parser: 'typescript' }));
  console.log(`Written: ${relative(process.cwd(), file)}`);
}

/** The folder of migrations nearest to the one entity that changed. */
function folderOfChange({ up, schema, tables }: Drift): string {
  const changed = tables.filter(({ name }) => up.some(({ query }) => query.includes(`"${schema}"."${name}"`)));
  const folders = new Set(changed.map(({ entity }) => migrationsFolderOf(entity)));
  const [folder] = folders;
  if (folder === undefined || folders.size > 1) {
    throw new Error(
      'The change does not lie in one feature. Give the path: npm run migration:generate -- src/users/migrations/AddNickname',
    );
  }
  return folder;
}

function migrationsFolderOf(entity: unknown): string | undefined {
  const file = Object.values(require.cache).find(
    (loaded) => loaded?.filename.startsWith(SOURCE) && Object.values(loaded.exports as object).includes(entity),
  )?.filename;
  if (file === undefined) return undefined;
  for (let folder = dirname(file); folder !== SOURCE; folder = dirname(folder)) {
    if (existsSync(join(folder, 'migrations'))) return join(folder, 'migrations');
  }
  return join(dirname(file), basename(dirname(file)) === 'entities' ? '..' : '.', 'migrations');
}

/** The schema is a setting, so no migration may name it. */
function render(name: string, folder: string, { up, down, schema }: Drift): string {
  const statement = ({ query, parameters }: Drift['up'][number]) => {
    const sql = query.replaceAll(/[\\`]|\$\{/g, '\\$&').replaceAll(`"${schema}".`, '${schema}.');
    const values = parameters?.length ? `, ${JSON.stringify(parameters)}` : '';
    return `await queryRunner.query(\`${sql}\`${values});`;
  };
  const method = (direction: string, queries: Drift['up']) => `
    async ${direction}(queryRunner: QueryRunner): Promise<void> {
      const schema = schemaOf(queryRunner);
      ${queries.map(statement).join('\n')}
    }`;
  const helper = relative(folder, join(SOURCE, 'platform', 'database', 'schema-of'))
    .split(sep)
    .join('/');
  return `import type { MigrationInterface, QueryRunner } from 'typeorm';
    import { schemaOf } from '${helper}';

    export class ${name} implements MigrationInterface {
      readonly name = '${name}';
      ${method('up', up)}
      ${method('down', down)}
    }`;
}

function kebab(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
}

generate(process.argv[2]).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
