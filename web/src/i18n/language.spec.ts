import { de } from './de';
import { en } from './en';
import { es } from './es';
import { pickLanguage } from './language';

describe(pickLanguage, () => {
  it.each([
    [['de-AT', 'en'], 'de'],
    [['fr', 'es-MX', 'en'], 'es'],
    [['EN-us', 'de'], 'en'],
    [['fr', 'it'], 'en'],
    [['constructor'], 'en'],
    [[], 'en'],
  ])('of %j is %s', (wanted, language) => {
    expect(pickLanguage(wanted)).toBe(language);
  });
});

describe('Languages', () => {
  /** Paths of all texts: a language may lack none, also of those whose names are open. */
  const paths = (value: object, path = ''): string[] =>
    Object.entries(value).flatMap(([name, each]: [string, unknown]) =>
      typeof each === 'object' && each !== null ? paths(each, `${path}${name}.`) : [`${path}${name}`],
    );

  it.each([
    ['German', de],
    ['Spanish', es],
  ])('%s says everything that English says', (_, strings) => {
    expect(paths(strings).sort()).toEqual(paths(en).sort());
  });
});
