import { de } from './de';
import { en, type Strings } from './en';
import { es } from './es';

const LANGUAGES: Readonly<Record<string, Strings>> = { en, de, es };

/** The first of the wanted languages that the page speaks; English where there is none. */
export function pickLanguage(wanted: readonly string[]): keyof typeof LANGUAGES {
  const bases = wanted.map((tag) => tag.toLowerCase().split('-', 1)[0] ?? '');
  return bases.find((base) => Object.hasOwn(LANGUAGES, base)) ?? 'en';
}

const wanted = 'navigator' in globalThis ? navigator.languages : [];

export const language = pickLanguage(wanted);

/** For times and dates: people of one language write them differently. */
export const locale = wanted.find((tag) => pickLanguage([tag]) === language) ?? language;

/** Everything the page says, in the language of the person. */
export const t: Strings = LANGUAGES[language] ?? en;
