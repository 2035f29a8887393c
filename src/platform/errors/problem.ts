import type { DomainErrorOptions } from './domain-error';
import type { ErrorDefinition } from './error-catalogue';
import type { Problem } from './problem.dto';

/** What `type` begins with; the code follows. */
export const PROBLEM_TYPE_PREFIX = 'https://countersign.dev/problems/';
const DEFAULT_RETRY_AFTER = 5;

export interface ProblemAnswer {
  readonly body: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

/** The body and headers of one refusal. A 5xx says nothing of its cause. */
export function toProblem(
  code: string,
  definition: ErrorDefinition,
  options: DomainErrorOptions,
  requestId: string,
): ProblemAnswer {
  const { status, title } = definition;
  const retryAfter = options.retryAfter ?? (status === 429 || status === 503 ? DEFAULT_RETRY_AFTER : undefined);
  const body: Problem = {
    type: PROBLEM_TYPE_PREFIX + code,
    title,
    status,
    detail: options.detail ?? `${title}.`,
    code,
    requestId,
    ...(options.errors && { errors: options.errors }),
    ...(retryAfter !== undefined && { retryAfter }),
    ...(options.attemptsRemaining !== undefined && { attemptsRemaining: options.attemptsRemaining }),
    ...(options.required && { required: options.required }),
  };
  return {
    body,
    headers: {
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'no-store',
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
      // RFC 9110 §15.5.2: every 401 carries a challenge.
      ...((status === 401 || options.challenge) && { 'www-authenticate': bearerChallenge(options.challenge ?? {}) }),
    },
  };
}

/** RFC 6750 §3: what may stand between the quotes of a challenge; a module's own challenges pass here, too. */
const NOT_FOR_CHALLENGES = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g;

function bearerChallenge(parameters: Readonly<Record<string, string>>): string {
  const all = Object.entries({ realm: 'countersign', ...parameters });
  return `Bearer ${all.map(([name, value]) => `${name}="${value.replace(NOT_FOR_CHALLENGES, '')}"`).join(', ')}`;
}
