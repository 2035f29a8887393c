import 'reflect-metadata';
import { progress } from '@clack/prompts';
import { constants } from 'node:os';
import { loadSettings } from '../platform/config/load-settings';
import { DatabaseSettings } from '../platform/config/settings/database.settings';
import { SecretSettings } from '../platform/config/settings/secret.settings';
import { readEnvironment, settingsFor } from '../platform/config/settings.module';
import { EncryptionKeyring } from '../platform/crypto/encryption-keyring';
import { Resealing, type ResealOutcome } from '../platform/crypto/resealing';
import { SecretBox } from '../platform/crypto/secret-box';
import { type SealedCount, SealedRowsStore } from '../platform/crypto/sealed-rows.store';
import { nameOf, openDataSource } from '../platform/database/open-data-source';
import { explain } from './explain';

interface Progress {
  advance(rows: number): void;
  end(): void;
}

/** `npm run secrets:reseal`: seals with the newest of `ENCRYPTION_KEYS` whatever an older one sealed, beside running servers. */
async function reseal(): Promise<number> {
  const settings = loadSettings([DatabaseSettings, SecretSettings], readEnvironment());
  const database = settingsFor(settings, DatabaseSettings);
  const keyring = new EncryptionKeyring(settingsFor(settings, SecretSettings), database);
  const stopping = stopOnSignals();
  const dataSource = await openDataSource(database, { shareRunningServer: true });
  try {
    const rows = new SealedRowsStore(dataSource);
    const total = sum((await rows.count()).filter(({ keyId }) => keyId !== keyring.newest.id));
    say(`Resealing with the key "${keyring.newest.id}" in ${nameOf(database)}: ${total} rows`);
    const bar = process.stdout.isTTY ? barOf(total) : linesOf(total);
    const failures: string[] = [];
    const outcome = await new Resealing(rows, new SecretBox(keyring), keyring, {
      advanced: (done) => {
        bar.advance(done);
      },
      failed: ({ table, column }, id) => failures.push(`${table}.${column} of row ${id} does not open`),
    }).run(stopping.signal);
    bar.end();
    for (const failure of failures) complain(failure);
    report(await rows.count(), keyring, outcome);
    if (failures.length > 0) complain(adviceOn(database.schema));
    return exitCodeOf(outcome, stopping.signal);
  } finally {
    await dataSource.destroy();
  }
}

function report(counts: readonly SealedCount[], keyring: EncryptionKeyring, outcome: ResealOutcome): void {
  const { resealed, overtaken, failed, wasStopped } = outcome;
  say(
    `${wasStopped ? 'Stopped' : 'Done'}: ${resealed} resealed, ${failed} do not open, ${overtaken} changed meanwhile.`,
  );
  const ids = [...new Set([...keyring.ids, ...counts.map(({ keyId }) => keyId)])];
  const left = new Map(ids.map((id) => [id, counts.filter(({ keyId }) => keyId === id)]));
  for (const [id, of] of left) {
    const where = of.map(({ column, rows }) => `${rows} of ${column.table}.${column.column}`).join(', ');
    const note = id === null || keyring.find(id) !== undefined ? '' : ', and ENCRYPTION_KEYS does not have it';
    say(`  ${id === null ? 'not sealed at all' : `key "${id}"`}: ${where || 'no rows'}${note}`);
  }
  const [newest, ...older] = keyring.ids;
  const removable = older.filter((id) => left.get(id)?.length === 0);
  const needed = older.filter((id) => !removable.includes(id));
  if (removable.length > 0) say(`No longer needed in ENCRYPTION_KEYS: ${removable.join(', ')}`);
  // A second run goes on where this one was stopped or overtaken; what did not open it would find as it is.
  const goesOn = wasStopped || failed === 0;
  const again = goesOn ? ' Run this again to go on.' : '';
  if (needed.length > 0) say(`Still needed beside ${newest ?? ''}: ${needed.join(', ')}.${again}`);
}

function adviceOn(schema: string): string {
  return `Rows that do not open stay as they are: their key is another than ENCRYPTION_KEYS has under that name, or they were damaged.
Running this again does not help. Restore each from a backup, or add the right key, or give the secret up and delete the row
(the lines above name table and row; the tables are in the schema "${schema}"). README, "A new encryption key", says what is lost with each.`;
}

/** The first signal lets it finish the row in hand; the second ends it at once, which harms nothing either. */
function stopOnSignals(): AbortController {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(128 + constants.signals[signal]);
      stopping.abort(signal);
    });
  }
  return stopping;
}

function exitCodeOf({ failed, wasStopped }: ResealOutcome, { reason }: AbortSignal): number {
  if (wasStopped) return 128 + constants.signals[reason as 'SIGINT' | 'SIGTERM'];
  return failed > 0 ? 1 : 0;
}

function barOf(total: number): Progress {
  const bar = progress({ max: Math.max(total, 1), cancelMessage: 'Stopping after this row' });
  bar.start(`0 of ${total}`);
  // The bar takes Ctrl-C for itself, and would exit on the spot.
  if (process.stdin.isTTY) process.stdin.setRawMode(false);
  let done = 0;
  return {
    advance: (rows) => {
      done += rows;
      bar.advance(rows, `${done} of ${total}`);
    },
    end: () => {
      bar.stop(`${done} of ${total}`);
    },
  };
}

function linesOf(total: number): Progress {
  let done = 0;
  return {
    advance: (rows) => {
      done += rows;
      if (rows > 0) say(`${done} of ${total}`);
    },
    end: () => undefined,
  };
}

const sum = (counts: readonly SealedCount[]) => counts.reduce((rows, count) => rows + count.rows, 0);
const say = (line: string) => process.stdout.write(`${line}\n`);
const complain = (line: string) => process.stderr.write(`${line}\n`);

reseal().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    complain(explain(error));
    process.exitCode = 1;
  },
);
