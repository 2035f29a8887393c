import { Global, Module } from '@nestjs/common';
import { EncryptionKeyring } from './encryption-keyring';
import { MacKeys } from './mac-keys';
import { MissingKeysCheck } from './missing-keys.check';
import { SealedRowsStore } from './sealed-rows.store';
import { SecretBox } from './secret-box';

@Global()
@Module({
  providers: [EncryptionKeyring, SecretBox, MacKeys, SealedRowsStore, MissingKeysCheck],
  exports: [SecretBox, MacKeys],
})
export class CryptoModule {}
