import 'reflect-metadata';
import { createWriteStream, type WriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { validate as isUuid } from 'uuid';
import { exportLines, type ExportQuery } from '../platform/audit/audit-export';
import { AuditTrail } from '../platform/audit/audit-trail';
import { loadSettings } from '../platform/config/load-settings';
import { DatabaseSettings } from '../platform/config/settings/database.settings';
import { readEnvironment, settingsFor } from '../platform/config/settings.module';
import { errorCodeOf } from '../platform/database/error-code';
import { openDataSource } from '../platform/database/open-data-source';
import { explain, UsageError } from './explain';

const USAGE = `npm run --silent audit:export [-- --from <time> --to <time> --type <type> --subject <account> --out <file>]

Writes audit events as JSON lines, oldest first, to the standard output.

  --from, --to <time>   recorded from this moment on, before that one: 2026-01-31, 2026-01-31T12:00:00Z
  --type <type>         of this type only, e.g. session.login
  --subject <account>   of this account only, by its id
  --out <file>          into a new file, which only its owner may read
`;

interface Options {
  readonly query: ExportQuery;
  readonly out: string | undefined;
}

/** `npm run audit:export`: beside running servers. */
async function exportEvents(): Promise<void> {
  const { query, out } = readOptions();
  const database = settingsFor(loadSettings([DatabaseSettings], readEnvironment()), DatabaseSettings);
  const dataSource = await openDataSource(database, { shareRunningServer: true });
  try {
    const lines = Readable.from(exportLines(new AuditTrail(dataSource), query));
    await pipeline(lines, out === undefined ? process.stdout : newFile(out), { end: out !== undefined });
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') throw new UsageError(`${String(out)} is there already. Name a new file.`);
    // Whoever reads has seen enough: `| head`.
    if (errorCodeOf(error) !== 'EPIPE') throw error;
  } finally {
    await dataSource.destroy();
  }
}

function newFile(path: string): WriteStream {
  return createWriteStream(path, { flags: 'wx', mode: 0o600 });
}

function readOptions(): Options {
  try {
    const option = { type: 'string' } as const;
    const options = { from: option, to: option, type: option, subject: option, out: option };
    const { from, to, type, subject, out } = parseArgs({ options, strict: true }).values;
    if (subject !== undefined && !isUuid(subject)) throw new UsageError(USAGE);
    return { query: { from: momentOf(from), to: momentOf(to), type, subjectId: subject }, out };
  } catch {
    throw new UsageError(USAGE);
  }
}

function momentOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const moment = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(moment.getTime())) throw new UsageError(USAGE);
  return moment;
}

exportEvents().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
});
