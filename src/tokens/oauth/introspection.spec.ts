import { activeAnswer, isForOneOf } from './introspection-answer';
import { introspectedToken } from './introspection-request';

describe(introspectedToken, () => {
  it.each([
    'token=abc',
    'token=abc&token_type_hint=access_token',
    'token=abc&token_type_hint=refresh_token',
    'token=abc&token_type_hint=anything',
    'token_type_hint=&token=abc&unknown=1',
    'token=abc&client_id=some',
  ])('finds the token in %j', (form) => {
    expect(introspectedToken(new URLSearchParams(form))).toBe('abc');
  });

  it.each([
    ['', 'The parameter token is missing.'],
    ['token=', 'The parameter token is missing.'],
    ['Token=abc', 'The parameter token is missing.'],
    ['token[]=abc', 'The parameter token is missing.'],
    ['token=abc&token=abc', 'A parameter is given twice.'],
    ['token=abc&token=', 'A parameter is given twice.'],
    ['token=abc&x=1&x=2', 'A parameter is given twice.'],
    ['token=abc&%74oken=abd', 'A parameter is given twice.'],
    ['token=abc&client_secret=s', 'Authenticate by Authorization: Basic alone.'],
    ['token=abc&client_assertion=s', 'Authenticate by Authorization: Basic alone.'],
  ])('refuses %j', (form, description) => {
    expect(() => introspectedToken(new URLSearchParams(form))).toThrow(`invalid_request: ${description}`);
  });
});

describe(activeAnswer, () => {
  it('passes every claim on, and adds what RFC 7662 names otherwise', () => {
    const claims = { sub: 'u', acr: 'aal2', preferred_username: 'ada', tenant: { id: 7 } };
    expect(activeAnswer(claims)).toEqual({ ...claims, active: true, token_type: 'Bearer', username: 'ada' });
  });

  it('lets no claim speak for it', () => {
    const claims = { active: false, token_type: 'DPoP', username: 'eve', preferred_username: 'ada' };
    expect(activeAnswer(claims)).toMatchObject({ active: true, token_type: 'Bearer', username: 'ada' });
  });
});

describe(isForOneOf, () => {
  it.each([
    [['a'], 'a'],
    [
      ['a', 'b'],
      ['c', 'b'],
    ],
  ])('%j may ask about %j', (audiences, aud) => {
    expect(isForOneOf(audiences, aud)).toBe(true);
  });

  it.each([
    [['a'], 'b'],
    [['a'], 'A'],
    [['a'], ['b', 'c']],
    [['a'], []],
    [['a'], undefined],
    [['a'], { 0: 'a' }],
    [['a'], [['a']]],
    [[], 'a'],
    [['undefined'], undefined],
  ])('%j may not ask about %j', (audiences, aud) => {
    expect(isForOneOf(audiences, aud)).toBe(false);
  });
});
