import { generateOneTimeCode, isOneTimeCode } from './one-time-code';

describe(generateOneTimeCode.name, () => {
  const DRAWN = 100_000;
  const codes = Array.from({ length: DRAWN }, generateOneTimeCode);

  it('makes six ASCII digits', () => {
    expect(codes.filter((code) => !isOneTimeCode(code))).toEqual([]);
  });

  it.each([0, 1, 2, 3, 4, 5])('leaves no digit out at place %i, nor prefers one', (place) => {
    const counts = Array.from(
      { length: 10 },
      (_, digit) => codes.filter((code) => Number(code[place]) === digit).length,
    );
    // Chi-squared with 9 degrees of freedom: by chance above 50 once in ten million runs.
    const expected = DRAWN / 10;
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquared).toBeLessThan(50);
  });

  it('reaches both ends of the million, leading zeros included', () => {
    const numbers = codes.map(Number);
    expect(codes.filter((code) => code.startsWith('000')).length).toBeGreaterThan(30);
    expect(numbers.reduce((least, each) => Math.min(least, each))).toBeLessThan(1000);
    expect(numbers.reduce((most, each) => Math.max(most, each))).toBeGreaterThanOrEqual(999_000);
  });

  it('repeats no more than chance does', () => {
    // Of 100,000 drawn out of a million, 95,163 are expected to differ, give or take 60.
    expect(Math.abs(new Set(codes).size - 95_163)).toBeLessThan(600);
  });
});

describe(isOneTimeCode.name, () => {
  it.each([['000000'], ['999999'], ['012345']])('takes %j', (code) => {
    expect(isOneTimeCode(code)).toBe(true);
  });

  it.each([
    ['12345'],
    ['1234567'],
    ['12345a'],
    [' 12345'],
    ['123456 '],
    ['123456\n'],
    ['123 456'],
    ['+12345'],
    ['１２３４５６'],
    ['٠١٢٣٤٥'],
    [''],
    [123456],
    [['123456']],
    [{ toString: () => '123456' }],
    [null],
    [undefined],
  ])('does not take %j', (code) => {
    expect(isOneTimeCode(code)).toBe(false);
  });
});
