import { foldUsername, isUsername } from './username';

describe(isUsername, () => {
  it.each([
    'ada',
    'ada.lovelace',
    'a_b-c.9',
    '42nd',
    'müller',
    'Ольга',
    '花子さん',
    'カタカナー',
    '김철수',
    'İstanbul',
    'a'.repeat(64),
  ])('takes %p', (name) => {
    expect(isUsername(name)).toBe(true);
  });

  it.each([
    ['too short', 'ab'],
    ['too long', 'a'.repeat(65)],
    ['an @', 'ada@example'],
    ['a space', 'ada lovelace'],
    ['Latin with a Cyrillic а', 'p\u0430ypal'],
    ['Latin with a Greek ο', 'g\u03bfogle'],
    ['a zero-width joiner', 'ada\u200dada'],
    ['a right-to-left override', 'ada\u202eada'],
    ['a control character', 'ada\u0000'],
    ['an emoji', 'ada😀'],
    ['a leading dot', '.ada'],
    ['only punctuation', '...'],
  ])('refuses %s', (_, name) => {
    expect(isUsername(name)).toBe(false);
  });
});

describe(foldUsername, () => {
  it.each([
    ['case', 'ADA', 'ada'],
    ['full-width letters', 'ＡＤＡ', 'ada'],
    ['composed and decomposed letters', 'Mu\u0308ller', 'm\u00fcller'],
    ['sharp s', 'STRASSE', 'straße'],
    ['long s', 'ſam', 'sam'],
    ['final sigma', 'ΟΔΟΣ', 'οδος'],
  ])('makes no difference of %s', (_, left, right) => {
    expect(foldUsername(left)).toBe(foldUsername(right));
  });
});
