import { IsInt, IsString, IsUrl, Matches, Max, Min, ArrayNotEmpty } from 'class-validator';
import { Setting } from '../setting.decorator';
import { localAddress } from './defaults';

/** What access and MFA tokens say and how long they live. Durations in seconds. */
export class TokenSettings {
  @Setting({
    name: 'ISSUER',
    default: (env) => localAddress(env),
    defaultInWords: '`http://localhost:<PORT>`',
    description: 'The `iss` of every token: the public address of this service, without a slash at the end.',
  })
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  @Matches(/[^/]$/, { message: 'it must not end in a slash' })
  issuer!: string;

  @Setting({
    name: 'AUDIENCE',
    default: 'countersign',
    type: 'list',
    description:
      'The `aud` of access tokens; a comma-separated list makes several. This service takes tokens for the first.',
  })
  @ArrayNotEmpty()
  @IsString({ each: true })
  audience!: string[];

  /** The audience that this service itself takes tokens for. */
  get ownAudience(): string {
    return this.audience[0] ?? '';
  }

  @Setting({ name: 'CLIENT_ID', default: 'countersign', description: 'The `client_id` of access tokens (RFC 9068).' })
  @IsString()
  clientId!: string;

  @Setting({
    name: 'ACCESS_TOKEN_TTL',
    default: '300',
    type: 'integer',
    description: 'Life of an access token in seconds, 10 to 3600.',
  })
  @IsInt()
  @Min(10)
  @Max(3600)
  accessTokenTtl!: number;

  @Setting({
    name: 'MFA_TOKEN_TTL',
    default: '300',
    type: 'integer',
    description: 'Life of an MFA token in seconds, 30 to 3600.',
  })
  @IsInt()
  @Min(30)
  @Max(3600)
  mfaTokenTtl!: number;

  @Setting({
    name: 'CLOCK_TOLERANCE',
    default: '5',
    type: 'integer',
    description: 'Leeway in seconds for `nbf` and `iat`, at most 60; `exp` has none.',
  })
  @IsInt()
  @Min(0)
  @Max(60)
  clockTolerance!: number;

  @Setting({
    name: 'REFRESH_GRACE',
    default: '30',
    type: 'integer',
    description:
      'Seconds for which the refresh token before the current one is still answered: two tabs, a lost answer. At most 300.',
  })
  @IsInt()
  @Min(0)
  @Max(300)
  refreshGrace!: number;

  @Setting({
    name: 'SESSION_MAX_AGE',
    default: '2592000',
    type: 'integer',
    description: 'Absolute life of a session in seconds (30 days).',
  })
  @IsInt()
  @Min(60)
  sessionMaxAge!: number;

  @Setting({
    name: 'SESSION_IDLE_TIMEOUT',
    default: '604800',
    type: 'integer',
    description: 'Seconds without a refresh after which a session ends (7 days).',
  })
  @IsInt()
  @Min(60)
  sessionIdleTimeout!: number;
}
