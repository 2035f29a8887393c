import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { parseArgs } from 'node:util';
import type { DataSource } from 'typeorm';
import { AuditLog } from '../platform/audit/audit-log';
import { SystemClock } from '../platform/clock/clock';
import { loadSettings } from '../platform/config/load-settings';
import { DatabaseSettings } from '../platform/config/settings/database.settings';
import { SecretSettings } from '../platform/config/settings/secret.settings';
import { SigningKeySettings } from '../platform/config/settings/signing-key.settings';
import { readEnvironment, settingsFor } from '../platform/config/settings.module';
import { EncryptionKeyring } from '../platform/crypto/encryption-keyring';
import { SecretBox } from '../platform/crypto/secret-box';
import { openDataSource } from '../platform/database/open-data-source';
import { Transactions } from '../platform/database/transactions';
import { RevocationLog } from '../tokens/revocation/revocation-log';
import {
  activatesAt,
  type KeyPolicy,
  type KeyStep,
  type PlannedKey,
  verifiesUntil,
} from '../tokens/signing-keys/signing-key-plan';
import { SigningKeyRotation } from '../tokens/signing-keys/signing-key-rotation';
import { SigningKeyStore } from '../tokens/signing-keys/signing-key.store';
import { explain, UsageError } from './explain';

const USAGE = `npm run keys:rotate [-- --compromised]

Signs with the next key: at once if it has been in the JWKS for twice its max-age, else as soon as it has. Tokens from before stay good.

  --compromised   the keys that have signed may have leaked: they and all their tokens are refused, and the next key signs at once
`;

type Settings = ReturnType<typeof loadSettings>;

const clock = new SystemClock();

async function rotate(dataSource: DataSource, settings: Settings, isCompromised: boolean): Promise<string> {
  const database = settingsFor(settings, DatabaseSettings);
  const policy = settingsFor(settings, SigningKeySettings);
  const secretBox = new SecretBox(new EncryptionKeyring(settingsFor(settings, SecretSettings), database));
  const store = new SigningKeyStore(dataSource, secretBox, clock, database);
  if ((await store.list()).length === 0) {
    throw new UsageError('There are no keys yet. The service makes them when it starts for the first time.');
  }
  const rotation = new SigningKeyRotation(
    store,
    new Transactions(dataSource),
    new RevocationLog(dataSource, clock, database),
    new AuditLog(clock),
    policy,
    clock,
  );
  const steps = await rotation.run(isCompromised ? 'compromised' : 'rotate');
  return describe(await store.list(), steps, policy);
}

function describe(keys: readonly PlannedKey[], steps: readonly KeyStep[], policy: KeyPolicy): string {
  const active = keys.find(({ state }) => state === 'active');
  const next = keys.find(({ state }) => state === 'next');
  if (active === undefined || next === undefined) throw new Error('The keys are not complete');
  if (!kidsOf(steps, 'activate').includes(active.kid)) {
    return `The next key, ${next.kid} (${next.alg}), has not been published for long enough: servers that keep the JWKS may not know it.
It signs from ${activatesAt(next, active, policy).toISOString()} on; the running service sees to that.
If a key has leaked, do not wait: npm run keys:rotate -- --compromised`;
  }
  const revoked = kidsOf(steps, 'revoke');
  const before = keys.find(({ kid }) => kidsOf(steps, 'retire').includes(kid));
  return [
    `${active.kid} (${active.alg}) signs from now on.`,
    ...(before ? [`${before.kid} (${before.alg}) only verifies, until ${verifiesUntil(before).toISOString()}.`] : []),
    ...(revoked.length > 0 ? [`Refused from now on, with every token they signed: ${revoked.join(', ')}.`] : []),
    `The key after it is published: ${next.kid} (${next.alg}).`,
  ].join('\n');
}

function kidsOf(steps: readonly KeyStep[], kind: Exclude<KeyStep['do'], 'make'>): string[] {
  return steps.flatMap((step) => (step.do !== 'make' && step.do === kind ? [step.kid] : []));
}

async function main(): Promise<void> {
  Logger.overrideLogger(['warn', 'error']);
  const { compromised, help } = parseOptions();
  if (help) {
    process.stdout.write(USAGE);
    return;
  }
  const settings = loadSettings([DatabaseSettings, SecretSettings, SigningKeySettings], readEnvironment());
  const dataSource = await openDataSource(settingsFor(settings, DatabaseSettings), { shareRunningServer: true });
  try {
    process.stdout.write(`${await rotate(dataSource, settings, compromised)}\n`);
  } finally {
    await dataSource.destroy();
  }
}

function parseOptions(): { compromised: boolean; help: boolean } {
  try {
    const options = {
      compromised: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    } as const;
    return parseArgs({ options, strict: true }).values;
  } catch {
    throw new UsageError(USAGE);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
});
