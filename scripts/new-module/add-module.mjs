import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NameRefused } from './names.mjs';

const TEMPLATES = join(import.meta.dirname, 'templates');
const LIST = 'src/modules/index.ts';

/**
 * Writes the module's files and registers it.
 *
 * @param {string} root folder of the repository
 * @param {import('./names.mjs').Names} names
 * @returns {string[]} what was made, relative to `root`
 * @throws {NameRefused} and has then written nothing
 */
export function addModule(root, names) {
  const folder = `src/modules/${names.things}`;
  if (existsSync(join(root, folder))) throw new NameRefused(`${folder} is there already.`);
  const table = tableOwner(root, names.snake_things);
  if (table !== undefined) throw new NameRefused(`The table "${names.snake_things}" is there already: ${table}`);

  const list = withModule(readFileSync(join(root, LIST), 'utf8'), names);
  const fill = filler({ ...names, timestamp: String(Date.now()) });
  const files = readdirSync(TEMPLATES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.template'))
    .map((name) => ({
      path: `${folder}/${fill(name.replaceAll('\\', '/').slice(0, -'.template'.length))}`,
      text: fill(readFileSync(join(TEMPLATES, name), 'utf8')),
    }))
    .sort((a, b) => a.path.localeCompare(b.path));

  for (const { path, text } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  writeFileSync(join(root, LIST), list);
  const made = files.map(({ path }) => path);
  format(root, [...made, LIST]);
  return made;
}

/** @param {Record<string, string>} values */
function filler(values) {
  /** @param {string} text */
  return (text) => text.replaceAll(/__([A-Za-z]+(?:_[a-z]+)?)__/g, (match, key) => values[key] ?? match);
}

/**
 * The list of modules with one more.
 *
 * @param {string} list
 * @param {import('./names.mjs').Names} names
 */
function withModule(list, { things, Things }) {
  const array = /^(export const modules\b[^=]*= \[)([^\]]*)\];$/m.exec(list);
  if (array === null) {
    throw new NameRefused(`${LIST} is not as it was: it has to hold a line "export const modules: Type[] = [ … ];".`);
  }
  const [whole, start, entries = ''] = array;
  const before = entries.trim() === '' || entries.trim().endsWith(',') ? entries.trim() : `${entries.trim()},`;
  const line = `${start}${before}\n  ${Things}Module,\n];`;
  const imports = [...list.matchAll(/^import .*;$/gm)].at(-1);
  const end = imports === undefined ? 0 : imports.index + imports[0].length + 1;
  const added = `import { ${Things}Module } from './${things}/${things}.module';\n`;
  return (list.slice(0, end) + added + list.slice(end)).replace(whole, () => line);
}

/**
 * The entity that has the table, if there is one.
 *
 * @param {string} root
 * @param {string} table
 */
function tableOwner(root, table) {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.entity.ts'))
    .map((name) => `src/${name.replaceAll('\\', '/')}`)
    .find((file) => new RegExp(`@Entity\\(\\{[^}]*name: '${table}'`).test(readFileSync(join(root, file), 'utf8')));
}

/**
 * Names of any length break lines elsewhere. Where Prettier is not installed, the files stay as they are.
 *
 * @param {string} root
 * @param {string[]} files
 */
function format(root, files) {
  const prettier = join(root, 'node_modules/prettier/bin/prettier.cjs');
  if (existsSync(prettier))
    spawnSync(process.execPath, [prettier, '--write', '--log-level=warn', ...files], { cwd: root, stdio: 'inherit' });
}
