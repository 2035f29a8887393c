import { readerLanguages } from './reader-languages';

describe(readerLanguages.name, () => {
  it.each([
    ['de', 'fr, en;q=0.5', ['de', 'fr, en;q=0.5']],
    ['de', '', ['de']],
    [null, 'fr', ['fr']],
    ['', 'fr', ['fr']],
    [null, '', []],
  ])('makes of the locale %j and the request’s %j: %j', (locale, acceptLanguage, expected) => {
    expect(readerLanguages(locale, acceptLanguage)).toEqual(expected);
  });
});
