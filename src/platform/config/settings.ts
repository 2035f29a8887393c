import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUrl, Matches, Max, Min, ArrayNotEmpty } from 'class-validator';
import { availableParallelism } from 'node:os';
import { Setting, type Environment } from './setting.decorator';

const isProduction = (env: Environment) => env['NODE_ENV'] === 'production';
/** The address of this service where nothing says another. A port that is free is known only later. */
const localAddress = (env: Environment) =>
  env['PORT'] === '0' ? 'http://localhost' : `http://localhost:${env['PORT'] ?? '3000'}`;
const onInDevelopment = (env: Environment) => (isProduction(env) ? 'off' : 'on');

/** Where and how the service answers. */
export class ServerSettings {
  @Setting({
    name: 'NODE_ENV',
    default: 'development',
    description:
      '`development`, `test` or `production`. Production refuses missing or sample secrets, plain-HTTP issuers and `/dev`.',
  })
  @IsIn(['development', 'test', 'production'])
  environment!: 'development' | 'test' | 'production';

  @Setting({
    name: 'HOST',
    default: '127.0.0.1',
    description:
      'Address to listen on. Development refuses one that is not loopback unless `DEVELOPMENT_EXPOSED` is `true`.',
  })
  @IsString()
  host!: string;

  @Setting({
    name: 'PORT',
    default: '3000',
    type: 'integer',
    description: 'Port to listen on, 0 to 65535 (0: any free one).',
  })
  @IsInt()
  @Min(0)
  @Max(65535)
  port!: number;

  @Setting({
    name: 'DEVELOPMENT_EXPOSED',
    default: 'false',
    type: 'boolean',
    description: '`true` lets development listen beyond loopback, and takes the `/dev` routes away.',
  })
  @IsBoolean()
  developmentExposed!: boolean;

  @Setting({
    name: 'APP_NAME',
    default: 'Countersign',
    description: 'Name shown in authenticator apps and messages; no colon.',
  })
  @Matches(/^[^:]{1,64}$/, { message: 'it must be 1 to 64 characters without a colon' })
  appName!: string;

  @Setting({
    name: 'APP_URL',
    default: (env) => `${env['ISSUER'] ?? localAddress(env)}/account`,
    defaultInWords: '`<ISSUER>/account`',
    description: 'Where links in messages lead; the token stands behind `#`.',
  })
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  appUrl!: string;

  @Setting({
    name: 'ALLOWED_ORIGINS',
    type: 'list',
    description:
      'Origins of browser applications that may call the API (CORS), comma-separated, e.g. `https://app.example.com`.',
  })
  @IsOptional()
  @Matches(/^https?:\/\/[^/\s,*]+$/, {
    each: true,
    message: 'each entry must be an origin: scheme, host and port only',
  })
  allowedOrigins: string[] = [];

  @Setting({
    name: 'TRUST_PROXY',
    description:
      'Proxies whose `X-Forwarded-For` is believed: a number of hops, or addresses and CIDR ranges, comma-separated.',
  })
  @IsOptional()
  @Matches(/^(\d{1,2}|[0-9a-fA-F:.]+(\/\d{1,3})?(\s*,\s*[0-9a-fA-F:.]+(\/\d{1,3})?)*)$/, {
    message: 'it must be a number of hops or a list of addresses and CIDR ranges, never `true`',
  })
  trustProxy?: string;

  @Setting({
    name: 'DOCS',
    default: onInDevelopment,
    defaultInWords: '`on` in development',
    type: 'boolean',
    description: '`on` or `off`: Swagger UI at `/docs` and `/openapi.json`.',
  })
  @IsBoolean()
  docs!: boolean;

  @Setting({
    name: 'EXAMPLES',
    default: onInDevelopment,
    defaultInWords: '`on` in development',
    type: 'boolean',
    description: '`on` or `off`: the sample module at `/v1/payouts`.',
  })
  @IsBoolean()
  examples!: boolean;

  @Setting({
    name: 'LOG_LEVEL',
    default: 'info',
    description:
      '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`. JSON in production, readable in development.',
  })
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  logLevel!: string;

  get isProduction(): boolean {
    return this.environment === 'production';
  }

  /** Whether the `/dev` routes exist. */
  get hasDevelopmentRoutes(): boolean {
    return !this.isProduction && !this.developmentExposed;
  }
}

/** Where the data lies. */
export class DatabaseSettings {
  @Setting({
    name: 'DATA_DIR',
    default: '.data',
    description: 'Folder of the embedded database and of the secrets made in development.',
  })
  @IsString()
  dataDir!: string;

  @Setting({
    name: 'DATABASE_URL',
    defaultInWords: 'none: embedded',
    description: 'PostgreSQL 15 or later, `postgres://…`. Without it an embedded database under `DATA_DIR` is used.',
  })
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\/.+/, { message: 'it must begin with postgres:// or postgresql://' })
  url?: string;

  @Setting({
    name: 'DATABASE_POOL_SIZE',
    default: '10',
    type: 'integer',
    description: 'Connections of the pool, 2 to 200; one more is held for revocation.',
  })
  @IsInt()
  @Min(2)
  @Max(200)
  poolSize!: number;

  @Setting({
    name: 'DATABASE_SCHEMA',
    default: 'countersign',
    description: 'Schema of all tables; lower-case letters, digits and `_`.',
  })
  @Matches(/^[a-z_][a-z0-9_]{0,62}$/, { message: 'it must be lower-case letters, digits and _, at most 63' })
  schema!: string;

  @Setting({
    name: 'MIGRATE_ON_START',
    default: (env) => (env['DATABASE_URL'] ? 'false' : 'true'),
    defaultInWords: '`true` embedded, else `false`',
    type: 'boolean',
    description: 'Whether a start runs the migrations, under an advisory lock; `npm run migrate` does it otherwise.',
  })
  @IsBoolean()
  migrateOnStart!: boolean;
}

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

/** Which factors, for whom, and how long they hold. Durations in seconds. */
export class MfaSettings {
  @Setting({
    name: 'MFA_POLICY',
    default: 'optional',
    description: '`optional`, or `required`: every account must have a second factor.',
  })
  @IsIn(['optional', 'required'])
  policy!: 'optional' | 'required';

  @Setting({
    name: 'MFA_REQUIRED_ROLES',
    default: 'admin,auditor',
    type: 'list',
    description: 'Roles whose accounts must always have a second factor, comma-separated.',
  })
  @IsString({ each: true })
  requiredRoles!: string[];

  @Setting({
    name: 'MFA_FACTORS',
    default: 'totp,recovery_code',
    type: 'list',
    description: 'Factor types that may be enrolled and used, comma-separated.',
  })
  @ArrayNotEmpty()
  @IsString({ each: true })
  factors!: string[];

  @Setting({
    name: 'MFA_MAX_AGE',
    default: '86400',
    type: 'integer',
    description: 'Seconds for which a verified second factor counts (24 h).',
  })
  @IsInt()
  @Min(60)
  maxAge!: number;

  @Setting({
    name: 'MFA_IDLE_TIMEOUT',
    default: '3600',
    type: 'integer',
    description: 'Seconds without a refresh after which the second factor has to be verified again (1 h).',
  })
  @IsInt()
  @Min(60)
  idleTimeout!: number;

  @Setting({
    name: 'MFA_WHEN_STALE',
    default: 'lower',
    description:
      'What a refresh does with a stale second factor: `lower` the assurance, or `challenge`. `MFA_REQUIRED_ROLES` are always challenged.',
  })
  @IsIn(['lower', 'challenge'])
  whenStale!: 'lower' | 'challenge';

  @Setting({
    name: 'CHALLENGE_TTL',
    default: '300',
    type: 'integer',
    description: 'Life of a challenge in seconds, 30 to 900.',
  })
  @IsInt()
  @Min(30)
  @Max(900)
  challengeTtl!: number;

  @Setting({
    name: 'CHALLENGE_MAX_ATTEMPTS',
    default: '5',
    type: 'integer',
    description: 'Tries a challenge allows, 1 to 20.',
  })
  @IsInt()
  @Min(1)
  @Max(20)
  challengeMaxAttempts!: number;

  @Setting({
    name: 'FACTOR_MAX_FAILURES',
    default: '10',
    type: 'integer',
    description:
      'Consecutive failures of a factor, over all challenges and sessions, before it is locked by growing steps; 3 to 100.',
  })
  @IsInt()
  @Min(3)
  @Max(100)
  factorMaxFailures!: number;

  /** Those of the roles whose accounts must always have a second factor. */
  rolesThatDemandFactor(roles: readonly string[]): string[] {
    return roles.filter((role) => this.requiredRoles.includes(role));
  }

  /** Whether an account with these roles must have a second factor, by policy or by role. */
  demandsFactor(roles: readonly string[]): boolean {
    return this.policy === 'required' || this.rolesThatDemandFactor(roles).length > 0;
  }
}

/** Registration and passwords. */
export class AccountSettings {
  @Setting({ name: 'REGISTRATION', default: 'open', description: '`open` or `closed`.' })
  @IsIn(['open', 'closed'])
  registration!: 'open' | 'closed';

  @Setting({
    name: 'ARGON2_MEMORY_KIB',
    default: '19456',
    type: 'integer',
    description: 'argon2id memory in KiB. Less than the default is refused in production.',
  })
  @IsInt()
  @Min(8)
  @Max(1048576)
  argon2MemoryKib!: number;

  @Setting({
    name: 'ARGON2_TIME',
    default: '2',
    type: 'integer',
    description: 'argon2id passes. Less than the default is refused in production.',
  })
  @IsInt()
  @Min(1)
  @Max(20)
  argon2Time!: number;

  @Setting({ name: 'ARGON2_PARALLELISM', default: '1', type: 'integer', description: 'argon2id lanes.' })
  @IsInt()
  @Min(1)
  @Max(16)
  argon2Parallelism!: number;

  @Setting({
    name: 'HASH_CONCURRENCY',
    default: () => String(Math.min(availableParallelism(), 4)),
    defaultInWords: 'number of cores, at most 4',
    type: 'integer',
    description: 'Passwords hashed at once, 1 to 4 (more only wait for each other in the thread pool).',
  })
  @IsInt()
  @Min(1)
  @Max(4)
  hashConcurrency!: number;

  @Setting({
    name: 'HASH_QUEUE',
    default: '64',
    type: 'integer',
    description: 'Passwords that may wait to be hashed; past it, 503 `service_busy`.',
  })
  @IsInt()
  @Min(1)
  @Max(10000)
  hashQueue!: number;
}
