import type { INestApplication } from '@nestjs/common';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { randomBytes } from 'node:crypto';

/** What runs in the browser: Swagger UI's own object. */
interface BrowserWindow {
  ui: { authActions: { authorize(payload: Record<string, unknown>): void } };
}
declare const window: BrowserWindow;

interface SwaggerResponse {
  readonly obj?: {
    readonly accessToken?: string;
    readonly mfaToken?: string;
    readonly auth?: { readonly accessToken?: string };
  };
}

/** An operation as Swagger UI keeps it. */
interface ShownOperation {
  getIn(path: string[]): unknown;
}

/** Runs in the browser, as text: the token of each answer goes into Authorize. Must refer to nothing outside. */
function authorizeFromAnswer(response: SwaggerResponse): SwaggerResponse {
  const answer = response.obj;
  const token = answer?.accessToken ?? answer?.mfaToken ?? answer?.auth?.accessToken;
  if (token) {
    window.ui.authActions.authorize({
      bearer: { name: 'bearer', schema: { type: 'http', scheme: 'bearer' }, value: token },
    });
  }
  return response;
}

/** Runs in the browser, as text: 3.2 before 3.10, whatever paths they share. Must refer to nothing outside. */
function byNumber(a: ShownOperation, b: ShownOperation): number {
  const summaries = [a, b].map((operation) => String(operation.getIn(['operation', 'summary'])));
  return summaries[0]?.localeCompare(summaries[1] ?? '', 'en', { numeric: true }) ?? 0;
}

/** Hides what holds nothing of ours: the bar, a choice of one server, links. A QR code keeps the edges that a camera looks for. */
const STYLE = `
  .swagger-ui .topbar, .swagger-ui .servers, .swagger-ui .servers-title, .swagger-ui .response-col_links { display: none }
  .swagger-ui .opblock-summary-description { white-space: normal }
  .swagger-ui .response img { image-rendering: pixelated; background: #fff; padding: 8px }
`;

/** Swagger UI at `/docs`, the document at `/openapi.json`. */
export function serveDocs(app: INestApplication, document: OpenAPIObject, appName: string): void {
  SwaggerModule.setup('docs', app, document, {
    customSiteTitle: `${appName} API`,
    customCss: STYLE,
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    swaggerOptions: {
      persistAuthorization: false,
      displayRequestDuration: true,
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
      tryItOutEnabled: true,
      deepLinking: true,
      operationsSorter: byNumber,
      responseInterceptor: authorizeFromAnswer,
      oauth2RedirectUrl: null,
      validatorUrl: null,
    },
    patchDocumentOnRequest: patchForPage as never,
  });
}

interface Reply {
  header(name: string, value: string): unknown;
}

/** The page gets new examples at each load; the document at its own address stays the same. */
function patchForPage(request: { readonly url: string }, reply: Reply, document: OpenAPIObject): OpenAPIObject {
  if (!request.url.startsWith('/docs')) return document;
  reply.header('cache-control', 'no-store');
  return withNewExamples(document);
}

/** An account of one's own at each page load: the same name and password to register and to sign in with. */
function withNewExamples(document: OpenAPIObject): OpenAPIObject {
  const suffix = randomBytes(3).toString('hex');
  const username = `ada-${suffix}`;
  const replacements: Record<string, string> = {
    'ada.lovelace': username,
    'ada@example.com': `${username}@example.com`,
    'a loom that weaves algebra': `a loom that weaves ${randomBytes(6).toString('hex')}`,
  };
  const text = JSON.stringify(document).replaceAll(
    /"(ada\.lovelace|ada@example\.com|a loom that weaves algebra)"/g,
    (whole, example: string) => JSON.stringify(replacements[example] ?? whole),
  );
  return JSON.parse(text) as OpenAPIObject;
}
