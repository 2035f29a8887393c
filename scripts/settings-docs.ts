import 'reflect-metadata';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';
import { SETTINGS_CLASSES } from '../src/platform/config/check-settings';
import { type PropertySetting, settingsOf } from '../src/platform/config/setting.decorator';

const ROOT = join(__dirname, '..');
const SOURCES = join(ROOT, 'src', 'platform', 'config', 'settings');
const START = '<!-- settings:start -->';
const END = '<!-- settings:end -->';
const WIDTH = 110;

interface Group {
  /** The docstring of the settings class. */
  readonly about: string;
  readonly settings: readonly PropertySetting[];
}

/**
 * `npm run settings:docs` writes `.env.example` and the tables of README.md from the settings classes; with `--check` it
 * fails where they say different things.
 */
function run(isCheck: boolean): void {
  const groups = groupsOfSettings();
  const problems = [
    put('.env.example', envExample(groups), isCheck),
    put('README.md', readmeWith(tables(groups)), isCheck),
  ].filter((problem) => problem !== undefined);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}

/** @returns what is wrong, if anything */
function put(name: string, text: string, isCheck: boolean): string | undefined {
  const file = join(ROOT, name);
  const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (before === text) return undefined;
  if (isCheck) return `${name} is not what the settings say: \`npm run settings:docs\` writes it anew.`;
  writeFileSync(file, text);
  console.log(`Written: ${name}`);
  return undefined;
}

function groupsOfSettings(): Group[] {
  const docstrings = docstringsOfClasses();
  return SETTINGS_CLASSES.map((type) => {
    const about = docstrings.get(type.name);
    if (about === undefined) throw new Error(`${type.name} has no docstring`);
    return { about, settings: settingsOf(type) };
  });
}

/** Comments are no part of what runs, so they are read from the source. */
function docstringsOfClasses(): Map<string, string> {
  const statements = readdirSync(SOURCES).flatMap((name) => {
    const text = readFileSync(join(SOURCES, name), 'utf8');
    return [...ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true).statements];
  });
  return new Map(
    statements.filter(ts.isClassDeclaration).flatMap((declaration) => {
      const docstring = ts.getJSDocCommentsAndTags(declaration).find(ts.isJSDoc);
      const text = ts.getTextOfJSDocComment(docstring?.comment);
      return declaration.name && text ? [[declaration.name.text, text] as const] : [];
    }),
  );
}

function envExample(groups: readonly Group[]): string {
  const parts = groups.map(({ about, settings }) => {
    const entries = settings.map((setting) => {
      const words = setting.defaultInWords === undefined ? '' : ` Default: ${setting.defaultInWords}.`;
      const value = typeof setting.default === 'string' ? setting.default : '';
      return `${comment(plain(setting.description + words))}\n# ${setting.name}=${value}`;
    });
    return [`### ${about}`, ...entries].join('\n\n');
  });
  const head =
    'Every setting with its default. Copy this file to .env and uncomment what you change; the environment wins over .env. ' +
    '`npm run settings:docs` writes this file.';
  return `${[comment(head), ...parts].join('\n\n')}\n`;
}

function comment(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`# ${word}`);
  }
  return lines.join('\n');
}

/** Markdown's code marks say nothing in a comment of plain text. */
function plain(text: string): string {
  return text.replaceAll('`', '');
}

function tables(groups: readonly Group[]): string {
  return groups
    .map(({ about, settings }) => {
      const rows = settings.map((setting) => {
        const fixed = typeof setting.default === 'string' ? `\`${setting.default}\`` : 'none';
        return `| \`${setting.name}\` | ${cell(setting.defaultInWords ?? fixed)} | ${cell(setting.description)} |`;
      });
      return [`**${about}**`, '', '| variable | default | meaning |', '|---|---|---|', ...rows].join('\n');
    })
    .join('\n\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function readmeWith(text: string): string {
  const file = join(ROOT, 'README.md');
  if (!existsSync(file)) throw new Error('There is no README.md to put the settings into.');
  const readme = readFileSync(file, 'utf8');
  const start = readme.indexOf(START);
  const end = readme.indexOf(END);
  if (start === -1 || end < start) throw new Error(`README.md lacks the lines ${START} and ${END}.`);
  return `${readme.slice(0, start + START.length)}\n\n${text}\n\n${readme.slice(end)}`;
}

try {
  run(process.argv.includes('--check'));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
