import { IsIn, IsInt, Max, Min } from 'class-validator';
import { Setting } from '../setting.decorator';

/** Signature algorithms of access and MFA tokens (RFC 7518 §3.1). */
export const SIGNING_ALGORITHMS = ['ES256', 'PS256', 'RS256', 'HS256'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** Which keys sign tokens, and how long each does. Durations in seconds. */
export class SigningKeySettings {
  @Setting({
    name: 'SIGNING_ALGORITHM',
    default: 'ES256',
    description:
      '`ES256`, `PS256`, `RS256` (RSA of 3072 bits) or `HS256` (nobody else can verify). A change is a rotation: tokens from before stay good.',
  })
  @IsIn(SIGNING_ALGORITHMS)
  algorithm!: SigningAlgorithm;

  @Setting({
    name: 'SIGNING_KEY_ROTATION',
    default: '7776000',
    type: 'integer',
    description: 'Seconds for which a key signs before the next one does (90 days).',
  })
  @IsInt()
  @Min(60)
  @Max(315360000)
  rotation!: number;

  @Setting({
    name: 'JWKS_MAX_AGE',
    default: '300',
    type: 'integer',
    description:
      'Seconds for which resource servers keep the JWKS, 2 to 86400. A key is in it twice as long before it signs.',
  })
  @IsInt()
  @Min(2)
  @Max(86400)
  jwksMaxAge!: number;
}
