import type { LoggerService, ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  LogController,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import createRouter, { type HTTPMethod } from 'find-my-way';
import { DESCRIBED_DEMANDS } from './access/describe-requirement';
import { AppModule } from './app.module';
import { answersTokens } from './mfa/sign-in/answers-tokens.decorator';
import { refreshCookieOf } from './mfa/sign-in/refresh-cookie-carrier';
import type { SettingsClass } from './platform/config/load-settings';
import { ServerSettings } from './platform/config/settings/server.settings';
import { TokenSettings } from './platform/config/settings/token.settings';
import { settingsFor } from './platform/config/settings.module';
import { DomainError } from './platform/errors/domain-error';
import { ERROR_CATALOGUE } from './platform/errors/error-catalogue';
import { toProblem } from './platform/errors/problem';
import { RouteTable } from './platform/errors/route-table';
import { newId } from './platform/crypto/new-id';
import { acceptsForm } from './platform/http/accepts-form.decorator';
import { endOnSignals } from './platform/health/end-on-signals';
import { Readiness } from './platform/health/readiness';
import { answerClientError } from './platform/http/answer-client-error';
import { HttpMetrics } from './platform/http/http-metrics';
import { BARE_SECURITY_HEADERS, DOCS_SECURITY_HEADERS, SECURITY_HEADERS } from './platform/http/security-headers';
import { loggerOptions, NestLogger } from './platform/logging/logger';
import { buildOpenApiDocument } from './platform/openapi/openapi-document';
import { serveDocs } from './platform/openapi/swagger-ui';
import { REFRESH_COOKIE } from './tokens/refresh-tokens/refresh-cookie';

export const BODY_LIMIT_BYTES = 64 * 1024;
/** Levels of lists and objects in a body; ours have three. */
const MAX_DEPTH = 32;

/** Node looks for requests that arrive too slowly at this interval only. */
const LOOK_FOR_SLOW_REQUESTS_MS = 1000;
/** Node's own. */
const MOST_FOR_HEADERS_MS = 60_000;
/** A connection on which nothing moves for so long is cut: longer than any answer takes, whatever the database does. */
const SILENCE_MS = 120_000;

/** What a caller reads that the browser would otherwise keep from it. */
const EXPOSED_HEADERS = ['WWW-Authenticate', 'Retry-After', 'RateLimit', 'RateLimit-Policy', 'Location'];

/** Without OPTIONS: CORS answers that on every path, known or not. */
const METHODS: HTTPMethod[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

export interface AppOptions {
  /** Takes the log instead of standard output. */
  readonly logStream?: { write(line: string): void };
  /** Modules beside those of `AppModule`, such as the routes that the benchmarks measure. */
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
}

/** The whole application, ready to listen; the same for the server and the tests. */
export async function createApp(
  settings: ReadonlyMap<SettingsClass, object>,
  options: AppOptions = {},
): Promise<NestFastifyApplication> {
  const adapter = createAdapter(settings, options);
  const fastify = adapter.getInstance<FastifyInstance>();
  const methodsOf = recordRoutes(fastify);
  const root = AppModule.forRoot(settings);
  const imports = [...(root.imports ?? []), ...(options.imports ?? [])];
  const app = await NestFactory.create<NestFastifyApplication>({ ...root, imports }, adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: new NestLogger(fastify.log) as LoggerService,
  });
  setUpApp(app, settings, methodsOf);
  endOnSignals(app, settingsFor(settings, ServerSettings).shutdownDelay);
  return app;
}

/** The Fastify adapter with its limits and its logger. */
export function createAdapter(
  settings: ReadonlyMap<SettingsClass, object>,
  { logStream }: AppOptions = {},
): FastifyAdapter {
  const server = settingsFor(settings, ServerSettings);
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: trustProxyOf(server.trustProxy),
    genReqId: newId,
    logger: loggerOptions(server, logStream),
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    requestTimeout: server.requestTimeout * 1000,
    connectionTimeout: SILENCE_MS,
    http: {
      // Of two Authorization headers Node would take the first and drop the second, which a proxy may have checked: joined, they are no token.
      joinDuplicateHeaders: true,
      connectionsCheckingInterval: LOOK_FOR_SLOW_REQUESTS_MS,
      // Node swaps the two when this one is the longer: a body would have its 60 seconds.
      headersTimeout: Math.min(server.requestTimeout * 1000, MOST_FOR_HEADERS_MS),
    },
    // What has begun when the service stops is answered as ever.
    return503OnClosing: false,
    // What never reaches a route: an address that cannot be decoded, a body that does not fit its length.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const code = error.code === 'FST_ERR_ASYNC_CONSTRAINT' ? 'internal_error' : 'bad_request';
      const { body, headers } = toProblem(code, ERROR_CATALOGUE[code], {}, request.id);
      void reply
        .code(body.status)
        .headers({ ...BARE_SECURITY_HEADERS, ...headers })
        .send(body);
    },
    clientErrorHandler: (error, socket) => {
      answerClientError(error, socket, newId());
    },
  });
  setRefreshCookies(adapter.getInstance());
  return adapter;
}

/** Headers, parsers, CORS and the documentation. */
export function setUpApp(
  app: NestFastifyApplication,
  settings: ReadonlyMap<SettingsClass, object>,
  methodsOf: (path: string) => string[],
): void {
  const server = settingsFor(settings, ServerSettings);
  const fastify = app.getHttpAdapter().getInstance();
  app.get(RouteTable).useLookup(methodsOf);
  acceptOnlyJson(fastify);
  acceptFormsWhereWanted(fastify);
  logAnswers(fastify, app.get(HttpMetrics));
  closeConnectionsWhenStopping(fastify, app.get(Readiness));
  setSecurityHeaders(fastify);
  // Without an allowed origin there is nothing to say, and no hook to ask at each request.
  if (server.allowedOrigins.length > 0) {
    app.enableCors({
      origin: server.allowedOrigins,
      exposedHeaders: EXPOSED_HEADERS,
      credentials: true,
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      maxAge: 600,
    });
  }
  if (server.docs) {
    const { issuer } = settingsFor(settings, TokenSettings);
    const document = buildOpenApiDocument(app, {
      appName: server.appName,
      issuer,
      hasDevelopmentRoutes: server.hasDevelopmentRoutes,
      demands: DESCRIBED_DEMANDS,
      refreshCookie: REFRESH_COOKIE,
    });
    serveDocs(app, document, server.appName);
  }
}

/** Keeps the routes as they are registered. @returns the methods that a path answers to */
export function recordRoutes(fastify: FastifyInstance): (path: string) => string[] {
  const router = createRouter();
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat() as HTTPMethod[]) {
      if (router.findRoute(each, url) === null) router.on(each, url, () => undefined);
    }
  });
  return (path) => {
    try {
      return METHODS.filter((method) => router.find(method, path) !== null);
    } catch {
      return []; // A path that cannot be decoded is no route.
    }
  };
}

/** Before routes are registered: those that answer tokens get a hook of their own, and no other pays for it. */
function setRefreshCookies(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (!answersTokens(route.config)) return;
    route.preSerialization = (_request, reply, payload, done) => {
      const cookie = refreshCookieOf(payload);
      if (cookie !== undefined) void reply.header('set-cookie', cookie);
      done(null, payload);
    };
  });
}

/** JSON and nothing else; an empty body is as good as none. */
function acceptOnlyJson(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else
      void parse(request, body as string, (error, value) => {
        const isReadable = error === null && !isDeeperThan(value, MAX_DEPTH);
        done(isReadable ? null : new DomainError('malformed_json'), value);
      });
  });
}

/** Forms only for routes that say so: `@AcceptsForm()`. */
function acceptFormsWhereWanted(fastify: FastifyInstance): void {
  fastify.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (request, body, done) => {
    if (acceptsForm(request.routeOptions.config)) done(null, new URLSearchParams(body as string));
    else done(new DomainError('unsupported_media_type', { detail: 'Send application/json.' }));
  });
}

/** RFC 8259 §9: a parser may limit the depth of nesting. What walks through a body later does so by recursion. */
function isDeeperThan(value: unknown, limit: number): boolean {
  let level = [value];
  for (let depth = 0; depth <= limit; depth++) {
    level = level.flatMap((each): unknown[] => (typeof each === 'object' && each !== null ? Object.values(each) : []));
    if (level.length === 0) return false;
  }
  return true;
}

/** One line an answer: no query, no headers, no body; and its time, for the metrics. */
function logAnswers(fastify: FastifyInstance, metrics: HttpMetrics): void {
  // The line names its request itself: a logger for each request would cost more than the line.
  fastify.setChildLoggerFactory((logger) => logger);
  fastify.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done) => {
    const path = request.url.split('?', 1)[0];
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    fastify.log.info({ reqId: request.id, method: request.method, path, status: reply.statusCode, ms }, 'answered');
    metrics.answered(request.routeOptions.url, reply.statusCode, reply.elapsedTime);
    done();
  });
}

/** A client that keeps its connection would keep coming to a service that is about to go. */
function closeConnectionsWhenStopping(fastify: FastifyInstance, readiness: Readiness): void {
  fastify.addHook('onRequest', (_request, reply, done) => {
    if (readiness.isStopping) void reply.header('connection', 'close');
    done();
  });
}

function setSecurityHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', ({ url }, reply, done) => {
    const isDocs = url === '/docs' || url.startsWith('/docs/');
    void reply.headers(isDocs ? DOCS_SECURITY_HEADERS : SECURITY_HEADERS);
    done();
  });
}

function trustProxyOf(setting: string | undefined): string[] | false | ((address: string, hop: number) => boolean) {
  if (setting === undefined) return false;
  if (/^\d+$/.test(setting)) return (_address, hop) => hop < Number(setting);
  return setting.split(',').map((entry) => entry.trim());
}
