import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Sources by language and file name; `''` holds what is the same in all of them. */
export type TemplateFiles = ReadonlyMap<string, ReadonlyMap<string, string>>;

const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;
const SUFFIX = '.hbs';

/** Reads every template of these folders; a file of a later folder replaces the one of its name in an earlier one. */
export function readTemplateFiles(folders: readonly string[]): TemplateFiles {
  const files = new Map<string, Map<string, string>>([['', new Map()]]);
  const read = (language: string, folder: string, name: string) => {
    const ofLanguage = files.get(language) ?? new Map<string, string>();
    ofLanguage.set(name.slice(0, -SUFFIX.length), readFileSync(join(folder, name), 'utf8'));
    files.set(language, ofLanguage);
  };
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name.endsWith(SUFFIX)) read('', folder, entry.name);
      if (!entry.isDirectory() || !LANGUAGE.test(entry.name)) continue;
      const inner = join(folder, entry.name);
      for (const name of readdirSync(inner)) if (name.endsWith(SUFFIX)) read(entry.name, inner, name);
    }
  }
  return files;
}
