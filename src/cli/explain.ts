import { SettingsError } from '../platform/config/load-settings';
import { SecretBoxError } from '../platform/crypto/secret-box';
import { DatabaseNotReadyError } from '../platform/database/database-not-ready.error';
import { errorCodeOf } from '../platform/database/error-code';

/** What an operator can mend; the message says how. */
export class UsageError extends Error {}

/** PostgreSQL: a table, a column or a schema that there is not. */
const NOT_MIGRATED = /^(42P01|42703|3F000)$/;
/** The connection broke, or the server is going. */
const GONE = /^(ECONN[A-Z]+|EPIPE|ETIMEDOUT|ENOTFOUND|08...|57P0.)$/;

/** What went wrong in a command: plain words for what an operator can mend, everything else with its stack. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UsageError || error instanceof DatabaseNotReadyError || error instanceof SettingsError) {
    return error.message;
  }
  if (error instanceof SecretBoxError) {
    return `ENCRYPTION_KEYS are not those that sealed the keys in this database: ${error.message}. Nothing was changed.`;
  }
  const codes = [error, 'driverError' in error ? error.driverError : undefined].map((each) => errorCodeOf(each) ?? '');
  const isAny = (pattern: RegExp) => codes.some((code) => pattern.test(code));
  if (isAny(/^ERR_PARSE_ARGS_/)) return error.message; // an option that there is not
  if (isAny(NOT_MIGRATED)) return 'The tables are not there, or not up to date: run npm run migrate first.';
  if (isAny(GONE)) return `The database does not answer any more: ${error.message}. Run this again when it does.`;
  return error.stack ?? error.message;
}
