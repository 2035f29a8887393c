import { IsOptional, Matches } from 'class-validator';
import { Setting } from '../setting.decorator';

/** What seals secrets at rest. */
export class SecretSettings {
  @Setting({
    name: 'ENCRYPTION_KEYS',
    defaultInWords: 'made in development',
    description:
      'Keys that seal secrets in the database: `id:base64 of 32 random bytes`, comma-separated, newest first. `openssl rand -base64 32` makes one.',
  })
  @IsOptional()
  @Matches(/^[A-Za-z0-9_-]{1,32}:[A-Za-z0-9+/]{43}=(\s*,\s*[A-Za-z0-9_-]{1,32}:[A-Za-z0-9+/]{43}=)*$/, {
    message: 'it must be id:base64(32 bytes), comma-separated, newest first',
  })
  encryptionKeys?: string;
}
