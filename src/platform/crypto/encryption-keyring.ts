import { Injectable, Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsError } from '../config/load-settings';
import { errorCodeOf } from '../database/error-code';
import { DatabaseSettings } from '../config/settings/database.settings';
import { SecretSettings } from '../config/settings/secret.settings';

export interface EncryptionKey {
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Buffer;
}

/** The keys that seal secrets at rest, newest first: `ENCRYPTION_KEYS`, or in development one made under `DATA_DIR`. */
@Injectable()
export class EncryptionKeyring {
  private readonly keys: readonly [EncryptionKey, ...EncryptionKey[]];

  constructor(secrets: SecretSettings, database: DatabaseSettings) {
    this.keys = parseKeys(secrets.encryptionKeys ?? readDevelopmentKeys(database.dataDir));
  }

  get newest(): EncryptionKey {
    return this.keys[0];
  }

  get ids(): string[] {
    return this.keys.map(({ id }) => id);
  }

  find(id: string): EncryptionKey | undefined {
    return this.keys.find((key) => key.id === id);
  }
}

function parseKeys(text: string): [EncryptionKey, ...EncryptionKey[]] {
  const keys = text.split(',').map((entry) => {
    const [id = '', ...rest] = entry.trim().split(':');
    return { id, bytes: Buffer.from(rest.join(':'), 'base64') };
  });
  const [first, ...others] = keys;
  if (first === undefined || keys.some(({ bytes }) => bytes.length !== 32)) {
    throw new Error('ENCRYPTION_KEYS: every key is 32 bytes in base64, written as id:key');
  }
  return [first, ...others];
}

/** @throws SettingsError when the folder cannot be used */
function readDevelopmentKeys(dataDir: string): string {
  try {
    return developmentKeys(dataDir);
  } catch (error) {
    throw new SettingsError([`DATA_DIR: the folder cannot be used (${errorCodeOf(error) ?? String(error)}).`]);
  }
}

/** Made once. Linked into place, so that two processes starting at once read the same whole file. */
function developmentKeys(dataDir: string): string {
  const file = join(dataDir, 'development-encryption-keys');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
    writeFileSync(draft, `dev:${randomBytes(32).toString('base64')}`, { mode: 0o600, flag: 'wx' });
    try {
      linkSync(draft, file);
      new Logger('Secrets').log(`Made an encryption key for development in ${file}; keep it with the data.`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }
  return readFileSync(file, 'utf8').trim();
}
