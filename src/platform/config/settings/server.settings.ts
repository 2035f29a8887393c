import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUrl, Matches, Max, Min } from 'class-validator';
import { Setting } from '../setting.decorator';
import { localAddress, onInDevelopment, secondsInProduction } from './defaults';

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
    name: 'SHUTDOWN_DELAY',
    default: secondsInProduction('5'),
    defaultInWords: '`5` in production, else `0`',
    type: 'integer',
    description:
      'Seconds for which it still serves after SIGTERM while `/health/ready` says 503, so that a load balancer can turn elsewhere; at most 300.',
  })
  @IsInt()
  @Min(0)
  @Max(300)
  shutdownDelay!: number;

  @Setting({
    name: 'REQUEST_TIMEOUT',
    default: '30',
    type: 'integer',
    description:
      'Seconds within which a request has to have arrived, 1 to 300; one that has not is answered with 408, and its connection ends.',
  })
  @IsInt()
  @Min(1)
  @Max(300)
  requestTimeout!: number;

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
    name: 'ACCOUNT_PAGE',
    default: 'on',
    type: 'boolean',
    description: '`on` or `off`: the page at `/account`.',
  })
  @IsBoolean()
  accountPage!: boolean;

  @Setting({
    name: 'METRICS_TOKEN',
    description:
      'Bearer token for `GET /metrics`, 16 characters or more; `openssl rand -hex 32` makes one. Without it production has no such route, and elsewhere it is open.',
  })
  @IsOptional()
  @Matches(/^[A-Za-z0-9\-._~+/]{16,256}=*$/, {
    message: 'it must be 16 to 256 letters, digits or any of - . _ ~ + /',
  })
  metricsToken?: string;

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
