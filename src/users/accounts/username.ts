// Scripts that are written together count as one (Unicode UTS #39 §5.1: Japanese, Korean, Chinese with Bopomofo).
const SCRIPTS = [
  ...['Latin', 'Greek', 'Cyrillic', 'Armenian', 'Hebrew', 'Arabic', 'Georgian', 'Ethiopic', 'Thai', 'Lao', 'Khmer'],
  ...['Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Sinhala', 'Myanmar'],
].map((script) => new RegExp(`^[\\p{Script=${script}}\\p{Script=Inherited}]*$`, 'u'));
SCRIPTS.push(
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]*$/u,
  /^[\p{Script=Han}\p{Script=Hangul}]*$/u,
  /^[\p{Script=Han}\p{Script=Bopomofo}]*$/u,
);

/** The form a username is compared in: NFKC, case folded. */
export function foldUsername(username: string): string {
  // Upper, then lower case: folds ß and ſ, which lower case alone leaves apart.
  return username.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

/** 3 to 64 letters, digits, `.`, `_` or `-`; the letters of one script, so that no name passes for another. */
export function isUsername(text: string): boolean {
  const name = text.normalize('NFKC');
  const length = [...name].length;
  if (length < 3 || length > 64 || !/^[\p{L}\p{M}0-9._-]+$/u.test(name) || !/^[\p{L}0-9]/u.test(name)) return false;
  const letters = name.replace(/[0-9._-]/g, '');
  return SCRIPTS.some((script) => script.test(letters));
}
