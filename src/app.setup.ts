import helmet from '@fastify/helmet';
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
import type { SettingsClass } from './platform/config/load-settings';
import { ServerSettings } from './platform/config/settings/server.settings';
import { TokenSettings } from './platform/config/settings/token.settings';
import { settingsFor } from './platform/config/settings.module';
import { DomainError } from './platform/errors/domain-error';
import { ERROR_CATALOGUE } from './platform/errors/error-catalogue';
import { toProblem } from './platform/errors/problem';
import { RouteTable } from './platform/errors/route-table';
import { acceptsForm } from './platform/http/accepts-form.decorator';
import { endOnSignals } from './platform/health/end-on-signals';
import { Readiness } from './platform/health/readiness';
import { answerClientError } from './platform/http/answer-client-error';
import { API_POLICY, BARE_SECURITY_HEADERS, HSTS } from './platform/http/security-headers';
import { newRequestId } from './platform/http/request-id';
import { loggerOptions, NestLogger } from './platform/logging/logger';
import { buildOpenApiDocument } from './platform/openapi/openapi-document';
import { serveDocs } from './platform/openapi/swagger-ui';
import { REFRESH_COOKIE } from './tokens/refresh-tokens/refresh-cookie';

export const BODY_LIMIT_BYTES = 64 * 1024;
/** Levels of lists and objects in a body; ours have three. */
const MAX_DEPTH = 32;

/** What a caller reads that the browser would otherwise keep from it. */
const EXPOSED_HEADERS = ['WWW-Authenticate', 'Retry-After', 'Location'];

/** Without OPTIONS: CORS answers that on every path, known or not. */
const METHODS: HTTPMethod[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Swagger UI brings its own scripts, and styles itself inline. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

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
  await setUpApp(app, settings, methodsOf);
  endOnSignals(app, settingsFor(settings, ServerSettings).shutdownDelay);
  return app;
}

/** The Fastify adapter with its limits and its logger. */
export function createAdapter(
  settings: ReadonlyMap<SettingsClass, object>,
  { logStream }: AppOptions = {},
): FastifyAdapter {
  const server = settingsFor(settings, ServerSettings);
  return new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: trustProxyOf(server.trustProxy),
    genReqId: newRequestId,
    logger: loggerOptions(server, logStream),
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    // Of two Authorization headers Node would take the first and drop the second, which a proxy may have checked: joined, they are no token.
    http: { joinDuplicateHeaders: true },
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
      answerClientError(error, socket, newRequestId());
    },
  });
}

/** Headers, parsers, CORS and the documentation. */
export async function setUpApp(
  app: NestFastifyApplication,
  settings: ReadonlyMap<SettingsClass, object>,
  methodsOf: (path: string) => string[],
): Promise<void> {
  const server = settingsFor(settings, ServerSettings);
  const fastify = app.getHttpAdapter().getInstance();
  app.get(RouteTable).useLookup(methodsOf);
  acceptOnlyJson(fastify);
  acceptFormsWhereWanted(fastify);
  logAnswers(fastify);
  closeConnectionsWhenStopping(fastify, app.get(Readiness));
  await setSecurityHeaders(app, fastify);
  app.enableCors({
    origin: server.allowedOrigins.length > 0 ? server.allowedOrigins : false,
    exposedHeaders: EXPOSED_HEADERS,
    credentials: server.allowedOrigins.length > 0,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    maxAge: 600,
  });
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

/** One line an answer: no query, no headers, no body. */
function logAnswers(fastify: FastifyInstance): void {
  fastify.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done) => {
    const path = request.url.split('?', 1)[0];
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    request.log.info({ method: request.method, path, status: reply.statusCode, ms }, 'answered');
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

async function setSecurityHeaders(app: NestFastifyApplication, fastify: FastifyInstance): Promise<void> {
  await app.register(helmet as never, {
    contentSecurityPolicy: false,
    crossOriginResourcePolicy: { policy: 'same-site' },
    hsts: HSTS,
    referrerPolicy: { policy: 'no-referrer' },
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    const isDocs = request.url === '/docs' || request.url.startsWith('/docs/');
    void reply.header('content-security-policy', isDocs ? DOCS_POLICY : API_POLICY);
    // Tokens, secrets, people's data: what may be kept says so itself.
    void reply.header('cache-control', 'no-store');
    done();
  });
}

function trustProxyOf(setting: string | undefined): string[] | false | ((address: string, hop: number) => boolean) {
  if (setting === undefined) return false;
  if (/^\d+$/.test(setting)) return (_address, hop) => hop < Number(setting);
  return setting.split(',').map((entry) => entry.trim());
}
