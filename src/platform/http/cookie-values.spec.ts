import { cookieValues } from './cookie-values';

describe(cookieValues.name, () => {
  it.each([
    [undefined, []],
    ['', []],
    ['a', []],
    ['b=1', []],
    ['a=1', ['1']],
    ['b=2; a=1', ['1']],
    ['a=1; a=2', ['1', '2']],
    ['a=1;a=1', ['1', '1']],
    ['a=', ['']],
    ['A=1', []],
    ['a=x=y', ['x=y']],
    ['a=%41', ['%41']],
    ['aa=1; b=a=2', []],
    [';;; a=1 ;', ['1']],
  ])('finds in %j: %j', (header, values) => {
    expect(cookieValues(header, 'a')).toEqual(values);
  });
});
