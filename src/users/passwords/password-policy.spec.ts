import { COMMON_PASSWORD_COUNT, rejectPassword } from './password-policy';

const identity = ['ada.lovelace', 'Countersign'];

describe(rejectPassword, () => {
  it('knows at least 3,000 common passwords that are long enough', () => {
    expect(COMMON_PASSWORD_COUNT).toBeGreaterThan(3000);
  });

  it.each([
    ['7 characters', 'kR4!vbq', 'too_short'],
    ['7 emoji of two UTF-16 units each', '😀🐶🌵🚀🍉🎻🧊', 'too_short'],
    ['e and combining acute, composed to one', 'e\u0301'.repeat(4) + 'abc', 'too_short'],
    ['257 characters', 'ab'.repeat(128) + 'c', 'too_long'],
    ['a common password', 'password123', 'common'],
    ['a common password in capitals', 'PASSWORD123', 'common'],
    ['one character over and over', 'zzzzzzzzzzzz', 'common'],
    ['the username', 'ada.lovelace', 'contains_identity'],
    ['the username and a year', 'Ada.Lovelace1815', 'contains_identity'],
    ['the name of the service', 'countersign!1', 'contains_identity'],
  ])('refuses %s', (_, password, reason) => {
    expect(rejectPassword(password, identity)).toBe(reason);
  });

  it.each([
    ['8 emoji', '😀🐶🌵🚀🍉🎻🧊🦊'],
    ['20 lower-case letters', 'qwhzmvkxjtrpbnadelsi'],
    ['256 characters', 'ab'.repeat(128)],
    ['spaces and accents', 'þetta er lykilorðið'],
    ['a long sentence with the username in it', 'ada.lovelace wrote the first program'],
  ])('takes %s', (_, password) => {
    expect(rejectPassword(password, identity)).toBeUndefined();
  });
});
