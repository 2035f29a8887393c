import 'reflect-metadata';
import { progress } from '@clack/prompts';
import { parseArgs } from 'node:util';
import { AuditRemovalStore } from '../platform/audit/audit-removal.store';
import { AuditSealStore } from '../platform/audit/audit-seal.store';
import { AuditVerification, type ExpectedSeal } from '../platform/audit/audit-verification';
import { SystemClock } from '../platform/clock/clock';
import { loadSettings } from '../platform/config/load-settings';
import { DatabaseSettings } from '../platform/config/settings/database.settings';
import { SecretSettings } from '../platform/config/settings/secret.settings';
import { readEnvironment, settingsFor } from '../platform/config/settings.module';
import { EncryptionKeyring } from '../platform/crypto/encryption-keyring';
import { MacKeys } from '../platform/crypto/mac-keys';
import { SecretBox } from '../platform/crypto/secret-box';
import { nameOf, openDataSource } from '../platform/database/open-data-source';
import { explain, UsageError } from './explain';

const USAGE = `npm run audit:verify [-- --expect <seal>]

Checks the seals of all audit events, and names the first that was changed, dropped or put in. Exit code 0: nothing is wrong;
2: something is; 1: it could not be checked.

  --expect <seal>   number:mac, as this command and the log of a server say it: finds too what was cut off at the end
`;

/** `npm run audit:verify`: beside running servers. */
async function verify(): Promise<number> {
  const expected = expectedSeal();
  const settings = loadSettings([DatabaseSettings, SecretSettings], readEnvironment());
  const database = settingsFor(settings, DatabaseSettings);
  const keyring = new EncryptionKeyring(settingsFor(settings, SecretSettings), database);
  const dataSource = await openDataSource(database, { shareRunningServer: true });
  try {
    const macKeys = new MacKeys(dataSource, new SecretBox(keyring), new SystemClock());
    await macKeys.onModuleInit();
    const store = new AuditSealStore(database);
    const total = await store.count(dataSource.manager);
    say(`Checking ${total} seals in ${nameOf(database)}`);
    const bar = process.stdout.isTTY ? progress({ max: Math.max(total, 1) }) : undefined;
    bar?.start(`0 of ${total}`);
    let done = 0;
    const outcome = await new AuditVerification(store, new AuditRemovalStore(database), macKeys).run(
      dataSource.manager,
      expected,
      (seals) => {
        done += seals;
        bar?.advance(seals, `${done} of ${total}`);
      },
    );
    bar?.stop(`${done} of ${total}`);
    say(`${outcome.events} events in ${outcome.seals} seals are as they were sealed.`);
    if (outcome.removedUpTo !== undefined) say(`Events up to seal ${outcome.removedUpTo} were removed by retention.`);
    if (outcome.newest !== undefined) say(`Up to seal ${outcome.newest}`);
    if (outcome.problem === undefined) return 0;
    complain(`Then: ${outcome.problem}.`);
    return 2;
  } finally {
    await dataSource.destroy();
  }
}

function expectedSeal(): ExpectedSeal | undefined {
  let text: string | undefined;
  try {
    text = parseArgs({ options: { expect: { type: 'string' } } }).values.expect;
  } catch {
    throw new UsageError(USAGE);
  }
  if (text === undefined) return undefined;
  const [, number, mac] = /^([1-9]\d{0,17}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (number === undefined || mac === undefined) throw new UsageError(USAGE);
  return { number, mac };
}

const say = (line: string) => process.stdout.write(`${line}\n`);
const complain = (line: string) => process.stderr.write(`${line}\n`);

verify().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    complain(explain(error));
    process.exitCode = 1;
  },
);
