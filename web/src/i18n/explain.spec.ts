import { ERROR_CATALOGUE } from '../../../src/platform/errors/error-catalogue';
import { ApiProblem, type ProblemBody, Unreachable } from '../api/problem';
import { StepUpDeclined } from '../session/step-up';
import { de } from './de';
import { en } from './en';
import { es } from './es';
import { explain, Plainly } from './explain';

const NOON = Date.parse('2030-01-01T12:00:00Z');
const circumstances = { strings: en, language: 'en-GB', now: NOON, isOnline: true };
const said = (body: Partial<ProblemBody>) =>
  explain(new ApiProblem({ status: 400, code: 'invalid_code', ...body }), circumstances);

describe(explain, () => {
  it.each([
    ['English', en],
    ['German', de],
    ['Spanish', es],
  ])('has a sentence of its own for every code of the contract, in %s', (_, strings) => {
    const fallbacks: string[] = [strings.errors.refused, strings.errors.unknown];
    for (const [code, { status }] of Object.entries(ERROR_CATALOGUE)) {
      const { message } = explain(new ApiProblem({ status, code, retryAfter: 5 }), { ...circumstances, strings });
      expect([code, message]).toEqual([code, expect.stringMatching(/^\p{Lu}.*\.$/su)]);
      expect(fallbacks).not.toContain(message);
    }
  });

  it.each([
    [1, 'Try again in 1 second.'],
    [42, 'Try again in 42 seconds.'],
    [60, /Try again at \d\d:01\.$/],
    [61, /Try again at \d\d:02\.$/], // Not a minute too early.
    [86400, /Try again at 2 Jan 2030, \d\d:00\.$/],
    [undefined, 'Try again in a moment.'],
  ])('says when %s seconds are over', (retryAfter, words) => {
    const { message } = said({ status: 429, code: 'rate_limited', ...(retryAfter !== undefined && { retryAfter }) });
    expect(message).toMatch(words);
  });

  it('says how many tries are left', () => {
    expect(said({ attemptsRemaining: 1 }).message).toMatch(/You have one try left\.$/);
    expect(said({ attemptsRemaining: 4 }).message).toMatch(/You have 4 tries left\.$/);
    expect(said({ attemptsRemaining: 0 }).message).toBe(en.errors.invalid_code);
  });

  it('puts what is wrong to its field', () => {
    const errors = [
      { path: 'username', code: 'isUsername', message: 'no' },
      { path: 'newPassword', code: 'too_short', message: 'no' },
      { path: 'things.colour', code: 'is_in', message: 'colour must be red' },
    ];
    expect(said({ code: 'validation_failed', errors }).fields).toEqual({
      username: en.fieldErrors['username'],
      newPassword: en.passwordErrors['too_short'],
      colour: 'colour must be red',
    });
    expect(said({ status: 409, code: 'username_taken' }).fields).toEqual({ username: en.errors.username_taken });
  });

  it.each([
    ['of a team, refused', 418, 'teapot', en.errors.refused],
    ['of a team, too often', 429, 'teapot', en.errors.rate_limited('in a moment')],
    ['of a proxy', 502, 'teapot', en.errors.unavailable('in a moment')],
    ['with the name of something inherited', 400, 'toString', en.errors.refused],
  ])('takes a code that it does not know by its status: %s', (_, status, code, words) => {
    expect(said({ status, code }).message).toBe(words);
  });

  it('names the request where the service is at fault', () => {
    expect(said({ status: 500, code: 'internal_error', requestId: 'r-1' }).reference).toBe('r-1');
    expect(said({ requestId: 'r-1' }).reference).toBeUndefined();
  });

  it.each([
    ['no network', new Unreachable(), false, en.errors.offline],
    ['no answer', new Unreachable(), true, en.errors.unreachable],
    ['a dialog that was closed', new StepUpDeclined(), true, en.errors.declined],
    ['plain words', new Plainly('So it is.'), true, 'So it is.'],
    ['a fault of the page', new TypeError('x is undefined'), true, en.errors.unknown],
  ])('knows %s', (_, error, isOnline, words) => {
    expect(explain(error, { ...circumstances, isOnline })).toEqual({ message: words, fields: {} });
  });
});
