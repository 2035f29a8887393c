import { Global, Module } from '@nestjs/common';
import { EncryptionKeyring } from './encryption-keyring';
import { MacKeys } from './mac-keys';
import { SecretBox } from './secret-box';

@Global()
@Module({ providers: [EncryptionKeyring, SecretBox, MacKeys], exports: [SecretBox, MacKeys] })
export class CryptoModule {}
