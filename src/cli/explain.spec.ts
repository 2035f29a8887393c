import { SettingsError } from '../platform/config/load-settings';
import { SecretBoxError } from '../platform/crypto/secret-box';
import { DatabaseNotReadyError } from '../platform/database/database-not-ready.error';
import { explain, UsageError } from './explain';

describe(explain, () => {
  const coded = (message: string, code: string) => Object.assign(new Error(message), { code });
  const failed = (code: string) => Object.assign(new Error('query failed'), { driverError: coded('', code) });
  const unmigrated = 'The tables are not there, or not up to date: run npm run migrate first.';

  it.each<[string, Error, string | RegExp]>([
    ['a slip of the pen', new UsageError('Name a client.'), 'Name a client.'],
    ['an unknown option', coded("Unknown option '--x'", 'ERR_PARSE_ARGS_UNKNOWN_OPTION'), "Unknown option '--x'"],
    ['no database', new DatabaseNotReadyError('It is not running.'), 'It is not running.'],
    ['a setting', new SettingsError(['DATA_DIR: missing']), /DATA_DIR: missing/],
    ['another key', new SecretBoxError('does not open'), /^ENCRYPTION_KEYS are not those that sealed/],
    ['no table', failed('42P01'), unmigrated],
    ['no column', coded('no such column', '42703'), unmigrated],
    [
      'a database that went away',
      failed('57P01'),
      /^The database does not answer any more: query failed\. Run this again/,
    ],
    ['a connection that broke', coded('read ECONNRESET', 'ECONNRESET'), /does not answer any more: read ECONNRESET/],
  ])('in plain words: %s', (_, error, words) => {
    const said = explain(error);
    expect(said).toEqual(typeof words === 'string' ? words : expect.stringMatching(words));
    expect(said).not.toMatch(/^ +at /m);
  });

  it.each([
    ['of ours', new Error('a defect')],
    ['in a statement', failed('42601')],
  ])('a defect %s with its stack', (_, error) => {
    expect(explain(error)).toBe(error.stack);
  });
});
