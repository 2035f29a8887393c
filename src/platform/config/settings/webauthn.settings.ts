import { ArrayNotEmpty, IsOptional, IsString, Matches } from 'class-validator';
import { Setting } from '../setting.decorator';
import { issuerUrl } from './defaults';

/** For whom passkeys are made, and on which pages they work. */
export class WebauthnSettings {
  @Setting({
    name: 'WEBAUTHN_RP_ID',
    default: (env) => issuerUrl(env)?.hostname,
    defaultInWords: 'the host of `ISSUER`',
    description:
      'The domain that passkeys belong to: the host of every one of `WEBAUTHN_ORIGINS`, or a domain above it. Passkeys do not survive a change.',
  })
  @IsOptional() // A wrong ISSUER has no host, and is named itself.
  @IsString()
  rpId!: string;

  @Setting({
    name: 'WEBAUTHN_ORIGINS',
    default: (env) => issuerUrl(env)?.origin,
    defaultInWords: 'the origin of `ISSUER`',
    type: 'list',
    description:
      'Origins of the pages on which people use passkeys, comma-separated, e.g. `https://app.example.com`; https, except at localhost.',
  })
  @IsOptional()
  @ArrayNotEmpty()
  @Matches(/^https?:\/\/[^/\s,*@]+$/, {
    each: true,
    message: 'each entry must be an origin: scheme, host and port only',
  })
  origins!: string[];
}
