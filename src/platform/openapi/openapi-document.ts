import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ErrorRegistry } from '../errors/error-registry';
import { Problem } from '../errors/problem.dto';
import type { DemandRules } from './demands';
import { describeOperation } from './describe-operation';
import { introduction, TAGS } from './journey';
import { numberOperations } from './number-operations';
import { operationsOf } from './operation';
import { problemExamples } from './problem-responses';
import { BEARER_SCHEME, CLIENT_SCHEME, COOKIE_SCHEME, METRICS_SCHEME } from './security-schemes';
import { closeRequestBodies, hoistTitledSchemas, renameSchemas } from './tidy-schemas';

export interface DocumentOptions {
  readonly appName: string;
  /** Public address of the service. Its path is where the routes begin, on whatever host the document was loaded from. */
  readonly issuer: string;
  readonly hasDevelopmentRoutes: boolean;
  readonly demands: DemandRules;
  /** Name of the cookie with the refresh token. */
  readonly refreshCookie: string;
}

/** The OpenAPI document, every error of every route included. */
export function buildOpenApiDocument(
  app: INestApplication,
  { appName, issuer, hasDevelopmentRoutes, demands, refreshCookie }: DocumentOptions,
): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.0.3')
    .setTitle(`${appName} API`)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer(new URL(issuer).pathname)
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'Access token or MFA token; each route says which. Swagger UI fills it in from each answer.',
      },
      BEARER_SCHEME,
    )
    .addBasicAuth(
      { type: 'http', scheme: 'basic', description: 'Another service: id and secret of `npm run clients:create`.' },
      CLIENT_SCHEME,
    )
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The setting `METRICS_TOKEN`.' }, METRICS_SCHEME)
    .addCookieAuth(
      refreshCookie,
      {
        type: 'apiKey',
        in: 'cookie',
        description:
          'Refresh token of a session with cookie transport. A browser sends it by itself; no page can set it.',
      },
      COOKIE_SCHEME,
    )
    .addSecurityRequirements(BEARER_SCHEME);
  for (const [name, description] of Object.entries(TAGS)) config.addTag(name, description);
  const declared: string[] = [];
  const scanned = SwaggerModule.createDocument(app, config.build(), {
    extraModels: [Problem],
    autoTagControllers: false,
    operationIdFactory: (controller, method) => {
      const id = `${controller.replace(/Controller$/, '')}.${method}`;
      declared.push(id);
      return id;
    },
  });
  const document = complete(renameSchemas(scanned), app.get(ErrorRegistry), demands, declared);
  document.info.description = introduction({
    route: (route) => referTo(document, route),
    hasSample: '/v1/payouts' in document.paths,
    hasDevelopmentRoutes,
  });
  delete document.info.contact; // The builder's is empty.
  return document;
}

function complete(
  document: OpenAPIObject,
  { all: errors }: ErrorRegistry,
  demands: DemandRules,
  declared: readonly string[],
): OpenAPIObject {
  const used = new Set<string>();
  for (const path of Object.values(document.paths)) {
    for (const { method, operation } of operationsOf(path)) {
      describeOperation(operation, method, errors, demands);
      for (const tag of operation.tags ?? []) used.add(tag);
    }
  }
  numberOperations(document, declared);
  closeRequestBodies(document);
  hoistTitledSchemas(document);
  document.components = { ...document.components, examples: problemExamples(document, errors) ?? {} };
  document.tags = (document.tags ?? []).filter(({ name }) => used.has(name));
  return document;
}

/** @throws Error when there is no such route: the introduction would lead nowhere */
function referTo(document: OpenAPIObject, route: string): string {
  const [method = '', path = ''] = route.split(' ');
  const item = document.paths[path];
  const found = item && operationsOf(item).find((each) => each.method === method.toLowerCase());
  if (!found) throw new Error(`OpenAPI: the introduction names ${route}, which does not exist`);
  return `${/^\d+\.\d+/.exec(found.operation.summary ?? '')?.[0] ?? ''} \`${route}\``.trim();
}
