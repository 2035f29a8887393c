import type { OpenAPIObject } from '@nestjs/swagger';
import type { ErrorDefinition } from '../errors/error-catalogue';
import { PROBLEM_TYPE_PREFIX } from '../errors/problem';
import type { Problem } from '../errors/problem.dto';
import type { Operation } from './operation';

type Errors = ReadonlyMap<string, ErrorDefinition>;

const REQUEST_ID = '019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11';

/** What a code carries besides what every problem has. */
const EXTRAS: Readonly<Record<string, Partial<Problem>>> = {
  validation_failed: {
    errors: [{ path: 'name', code: 'unknown_field', message: 'property name should not exist' }],
  },
  password_rejected: {
    errors: [{ path: 'password', code: 'common', message: 'This password is one of the common ones.' }],
  },
  invalid_code: { attemptsRemaining: 4 },
  mfa_required: { required: { acr: 'aal2' } },
  mfa_enrollment_required: { required: { acr: 'aal2' } },
  mfa_stale: { required: { acr: 'aal2', maxAge: 300 } },
  mfa_insufficient: { required: { acr: 'phr' } },
  reauthentication_required: { required: { maxAge: 600 } },
};

/**
 * Documents the codes as responses, one a status with an example a code.
 *
 * @throws Error when a code is in no catalogue
 */
export function addProblems(operation: Operation, codes: Iterable<string>, errors: Errors): void {
  const byStatus = new Map<number, string[]>();
  for (const code of codes) {
    const { status } = definitionOf(code, errors);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  for (const [status, ofStatus] of [...byStatus].sort(([a], [b]) => a - b)) {
    const own = operation.responses[String(status)]; // refusals that are no problem documents
    const words = ofStatus.map((code) => `\`${code}\`: ${definitionOf(code, errors).title}.`).join(' ');
    operation.responses[String(status)] = {
      description: own && 'description' in own ? `${own.description}. ${words}` : words,
      ...headersOf(status),
      content: {
        ...(own && 'content' in own ? own.content : {}),
        'application/problem+json': {
          schema: { $ref: '#/components/schemas/Problem' },
          examples: Object.fromEntries(ofStatus.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
        },
      },
    };
  }
}

/** The examples that the responses of `addProblems` refer to. */
export function problemExamples(
  document: OpenAPIObject,
  errors: Errors,
): NonNullable<OpenAPIObject['components']>['examples'] {
  const used = new Set(JSON.stringify(document.paths).match(/(?<=#\/components\/examples\/)[a-z0-9_]+/g));
  return Object.fromEntries(
    [...used].sort().map((code) => {
      const { status, title } = definitionOf(code, errors);
      const value: Problem = {
        type: PROBLEM_TYPE_PREFIX + code,
        title,
        status,
        detail: `${title}.`,
        code,
        requestId: REQUEST_ID,
        ...((status === 429 || status === 503) && { retryAfter: 30 }),
        ...EXTRAS[code],
      };
      return [code, { summary: title, value }];
    }),
  );
}

function headersOf(status: number): object {
  if (status === 401) {
    const description = 'What is missing, by RFC 6750 and RFC 9470.';
    return { headers: { 'WWW-Authenticate': { description, schema: { type: 'string' } } } };
  }
  if (status === 429 || status === 503) {
    const description = 'Seconds until another try makes sense.';
    return { headers: { 'Retry-After': { description, schema: { type: 'integer' } } } };
  }
  return {};
}

function definitionOf(code: string, errors: Errors): ErrorDefinition {
  const definition = errors.get(code);
  if (definition === undefined) throw new Error(`OpenAPI: error code ${code} is in no catalogue`);
  return definition;
}
