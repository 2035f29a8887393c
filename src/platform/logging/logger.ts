import type { LoggerService } from '@nestjs/common';
import type { ServerSettings } from '../config/settings/server.settings';

/** What Nest and we need of the HTTP adapter's logger. */
interface StructuredLogger {
  info(context: object, message: string): void;
  error(context: object, message: string): void;
  warn(context: object, message: string): void;
  debug(context: object, message: string): void;
  trace(context: object, message: string): void;
  fatal(context: object, message: string): void;
}

type Level = keyof StructuredLogger;

/** Secrets are never handed to the logger; should one ever be, under these names it does not come out. */
const SECRET_NAMES = [
  'password',
  'newPassword',
  'currentPassword',
  'code',
  'secret',
  'token',
  'accessToken',
  'mfaToken',
  'refreshToken',
  'recoveryCodes',
  'authorization',
  'cookie',
];

/** Options of pino: JSON in production, readable in development. */
export function loggerOptions(server: ServerSettings, stream?: { write(line: string): void }): object {
  return {
    level: server.logLevel,
    redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    ...(stream && { stream }),
    ...(stream === undefined &&
      server.environment === 'development' && {
        transport: {
          target: 'pino-pretty',
          options: {
            translateTime: 'SYS:HH:MM:ss',
            ignore: 'pid,hostname,context,method,path,status,ms',
            messageFormat: '{if context}[{context}] {end}{msg}{if method} {status} {method} {path} in {ms} ms{end}',
            singleLine: true,
          },
        },
      }),
  };
}

const CHATTY = /^(RouterExplorer|RoutesResolver|InstanceLoader|NestFactory|NestApplication)$/;

/** Nest's own log lines, through the same logger as the rest. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: StructuredLogger) {}

  log(message: unknown, ...rest: unknown[]): void {
    // Nest tells each route and module at start: of use to who looks for it.
    const context = contextOf(rest);
    this.write(CHATTY.test(String(context)) ? 'debug' : 'info', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    // A start that fails is thrown as well: main.ts says why, once and in plain words.
    this.write(contextOf(rest) === 'ExceptionHandler' ? 'debug' : 'error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(level: Level, message: unknown, rest: unknown[]): void {
    const stack = rest.length > 1 && typeof rest[0] === 'string' ? rest[0] : undefined;
    const text = message instanceof Error ? (message.stack ?? message.message) : String(message);
    this.logger[level]({ context: contextOf(rest), ...(stack !== undefined && { stack }) }, text);
  }
}

function contextOf(rest: unknown[]): unknown {
  return rest.at(-1);
}
