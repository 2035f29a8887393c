import { COMMON_VALUES, type TemplateDefinition } from './message-templates';
import type { TemplateFiles } from './template-files';
import { templateProblems } from './template-problems';

export const FALLBACK_LANGUAGE = 'en';
/** The frame around the HTML of every mail. */
export const LAYOUT = 'layout.html';
const LAYOUT_VALUES = ['language', 'subject', 'body', ...COMMON_VALUES];
const PARTIAL_PREFIX = '_';
const KINDS = { txt: 'email', html: 'email', sms: 'sms' } as const;

/** The file that a message of this channel is written in. */
export function fileOf(template: string, channel: 'email' | 'sms'): string {
  return `${template}.${channel === 'email' ? 'txt' : 'sms'}`;
}

/** The partials of a language by the name that a template includes them by. */
export function partialsOf(files: ReadonlyMap<string, string>): Map<string, string> {
  const partials = [...files].filter(([name]) => name.startsWith(PARTIAL_PREFIX));
  return new Map(partials.map(([name, source]) => [name.slice(PARTIAL_PREFIX.length), source]));
}

/** Everything that would fail only when a message is sent; each names its file first. */
export function checkTemplateFiles(
  files: TemplateFiles,
  definitions: ReadonlyMap<string, TemplateDefinition>,
): string[] {
  return [
    ...missing(files, definitions),
    ...[...files].flatMap(([language, ofLanguage]) => wrong(language, ofLanguage, definitions)),
  ];
}

function missing(files: TemplateFiles, definitions: ReadonlyMap<string, TemplateDefinition>): string[] {
  const english = files.get(FALLBACK_LANGUAGE);
  const needed = [...definitions].flatMap(([name, { channels }]) => channels.map((channel) => fileOf(name, channel)));
  return [
    ...(files.get('')?.has(LAYOUT) ? [] : [`${LAYOUT}.hbs is missing`]),
    ...needed.filter((file) => !english?.has(file)).map((file) => `${FALLBACK_LANGUAGE}/${file}.hbs is missing`),
  ];
}

function wrong(
  language: string,
  files: ReadonlyMap<string, string>,
  definitions: ReadonlyMap<string, TemplateDefinition>,
): string[] {
  const partials = new Set(partialsOf(files).keys());
  return [...files].flatMap(([file, source]) => {
    const path = `${language === '' ? '' : `${language}/`}${file}.hbs`;
    const values = valuesOf(language, file, definitions);
    if (values === undefined) return [`${path} belongs to no message`];
    const html = file.endsWith('.html') && { html: new Set(file === LAYOUT ? ['body'] : []) };
    const problems = templateProblems(source, { values: new Set(values), partials, ...html });
    if (file.endsWith('.txt') && !/^Subject: \S.*\r?\n\r?\n/.test(source)) {
      problems.push('must begin with "Subject: …" and an empty line');
    }
    return problems.map((problem) => `${path}: ${problem}`);
  });
}

/** What a file may fill in; undefined where it is no part of any message. */
function valuesOf(
  language: string,
  file: string,
  definitions: ReadonlyMap<string, TemplateDefinition>,
): readonly string[] | undefined {
  if (language === '') return file === LAYOUT ? LAYOUT_VALUES : undefined;
  // Many templates include it: it says only what all of them can fill in.
  if (file.startsWith(PARTIAL_PREFIX)) return COMMON_VALUES;
  const [, name = '', kind = ''] = /^(.+)\.(txt|html|sms)$/.exec(file) ?? [];
  const definition = definitions.get(name);
  if (!definition?.channels.includes(KINDS[kind as keyof typeof KINDS])) return undefined;
  return [...COMMON_VALUES, ...definition.values, ...(definition.optional ?? [])];
}
