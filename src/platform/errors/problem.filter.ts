import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { types } from 'node:util';
import { QueryFailedError } from 'typeorm';
import { errorCodeOf } from '../database/error-code';
import { GuardRefusals } from '../metrics/guard-refusals';
import { DomainError } from './domain-error';
import { ErrorRegistry } from './error-registry';
import { toProblem } from './problem';
import { RouteTable } from './route-table';

interface IncomingRequest {
  readonly id: string;
  readonly method: string;
  readonly url: string;
}

/** Answers every failure as `application/problem+json` with a code of the catalogue. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly registry: ErrorRegistry,
    private readonly routes: RouteTable,
    private readonly refusals: GuardRefusals,
  ) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<IncomingRequest>();
    const error = this.toDomainError(exception, request);
    const definition = this.registry.find(error.code);
    if (definition === undefined) {
      this.logger.error(`Error code ${error.code} is in no catalogue; requestId=${request.id}`);
    }
    const known = definition ?? { status: 500, title: 'Something went wrong here' };
    if (known.status >= 500) this.log(error, exception, request);
    else if (error.options.reason !== undefined) this.logRefusal(error, request);
    const code = definition === undefined ? 'internal_error' : error.code;
    this.refusals.count(code);
    // What nobody registered may say anything, and is said to nobody.
    const options = definition === undefined ? {} : error.options;
    const { body, headers } = toProblem(code, known, options, request.id);
    const { httpAdapter } = this.adapterHost;
    const response: unknown = http.getResponse();
    for (const [name, value] of Object.entries(headers)) httpAdapter.setHeader(response, name, value);
    if (code === 'method_not_allowed') {
      httpAdapter.setHeader(response, 'allow', this.routes.methodsOf(request.url).join(', '));
    }
    httpAdapter.reply(response, body, known.status);
  }

  private toDomainError(exception: unknown, request: IncomingRequest): DomainError {
    if (exception instanceof DomainError) return exception;
    const status = statusOf(exception);
    if (status === 404) {
      const methods = this.routes.methodsOf(request.url);
      return methods.length > 0 && !methods.includes(request.method)
        ? new DomainError('method_not_allowed', { detail: `This address answers to ${methods.join(', ')}.` })
        : new DomainError('not_found');
    }
    if (status === 413) return new DomainError('payload_too_large', { detail: 'A body may have 64 KiB at most.' });
    if (status === 414) return new DomainError('uri_too_long');
    if (status === 415) return new DomainError('unsupported_media_type', { detail: 'Send application/json.' });
    if (status === 401) {
      return new DomainError('token_invalid', { reason: reasonOf(exception), challenge: { error: 'invalid_token' } });
    }
    if (status === 403) return new DomainError('forbidden', { reason: reasonOf(exception) }); // A guard that answered false.
    if (status === 429) return new DomainError('rate_limited', { reason: reasonOf(exception) });
    if (status === 503) return new DomainError('unavailable', { cause: exception });
    if (status !== undefined && status >= 400 && status < 500) {
      return new DomainError('bad_request', status === 400 ? {} : { reason: reasonOf(exception) });
    }
    if (isTextThatCannotBeStored(exception)) {
      return new DomainError('validation_failed', { detail: 'Text must not hold the character U+0000.' });
    }
    if (isDatabaseOutage(exception)) return new DomainError('unavailable', { cause: exception });
    return new DomainError('internal_error', { cause: exception });
  }

  private logRefusal({ code, options }: DomainError, request: IncomingRequest): void {
    this.logger.log(`${code}: ${options.reason ?? ''} requestId=${request.id}`);
  }

  private log(error: DomainError, exception: unknown, request: IncomingRequest): void {
    const where = `${error.code} ${request.method} ${request.url.split('?', 1)[0] ?? ''} requestId=${request.id}`;
    // The service knows why, and so says it in a line: while it lasts, every request is refused.
    if (error.options.reason !== undefined && error.options.cause === undefined) {
      this.logger.warn(`${where}: ${error.options.reason}`);
      return;
    }
    const cause = error.options.cause ?? exception;
    // A failed query carries its parameters: those are people's data, and stay out of the log.
    const text = cause instanceof QueryFailedError ? String(cause.driverError) : describe(cause);
    if (error.code === 'service_busy') this.logger.warn(where);
    else this.logger.error(`${where}: ${text}`);
  }
}

function describe(cause: unknown): string {
  return types.isNativeError(cause) ? (cause.stack ?? cause.message) : String(cause);
}

function reasonOf(exception: unknown): string {
  return exception instanceof Error ? exception.message : String(exception);
}

function statusOf(exception: unknown): number | undefined {
  if (exception instanceof HttpException) return exception.getStatus();
  const status = (exception as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

const OUTAGE =
  /ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT|timeout exceeded when trying to connect|Connection terminated|Query read timeout/;
// SQLSTATE 57: operator intervention (shutdown, statement timeout); 08: connection; 53: resources.
const OUTAGE_STATES = /^(57|08|53)/;

function isDatabaseOutage(exception: unknown): boolean {
  if (!types.isNativeError(exception)) return false; // Not instanceof: Node's own errors are of another realm in tests.
  const code = errorCodeOf(exception);
  if (code !== undefined && (OUTAGE_STATES.test(code) || OUTAGE.test(code))) return true;
  return OUTAGE.test(exception.message);
}

// SQLSTATE: character_not_in_repertoire, untranslatable_character.
function isTextThatCannotBeStored(exception: unknown): boolean {
  return exception instanceof QueryFailedError && ['22021', '22P05'].includes(errorCodeOf(exception.driverError) ?? '');
}
