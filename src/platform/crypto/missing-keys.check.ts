import { Injectable, type OnModuleInit } from '@nestjs/common';
import { EncryptionKeyring } from './encryption-keyring';
import { SecretBoxError } from './secret-box';
import { SealedRowsStore } from './sealed-rows.store';

/** Stops the start while rows need a key that is not there: better than to fail at whoever comes with such a row. */
@Injectable()
export class MissingKeysCheck implements OnModuleInit {
  constructor(
    private readonly rows: SealedRowsStore,
    private readonly keyring: EncryptionKeyring,
  ) {}

  /** @throws SecretBoxError that names every missing key id, and where it is needed */
  async onModuleInit(): Promise<void> {
    const counts = await this.rows.count();
    const missing = counts.filter(({ keyId }) => keyId !== null && this.keyring.find(keyId) === undefined);
    if (missing.length === 0) return;
    const needs = missing.map(
      ({ column, keyId, rows }) => `${rows} of ${column.table}.${column.column} need the key "${keyId ?? ''}"`,
    );
    throw new SecretBoxError(`${needs.join(', ')}, which ENCRYPTION_KEYS does not have`);
  }
}
