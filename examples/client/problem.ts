const STEP_UP_CODES = [
  'mfa_required',
  'mfa_enrollment_required',
  'mfa_stale',
  'mfa_insufficient',
  'reauthentication_required',
] as const;

export type StepUpCode = (typeof STEP_UP_CODES)[number];

/** What a guard demands; durations are whole seconds. */
export interface Requirement {
  acr?: string;
  maxAge?: number;
  methods?: string[];
  permissions?: string[];
}

export interface FieldError {
  path: string;
  code: string;
  message: string;
}

export interface ProblemBody {
  status: number;
  code: string;
  title?: string;
  detail?: string;
  requestId?: string;
  errors?: FieldError[];
  retryAfter?: number;
  required?: Requirement;
  attemptsRemaining?: number;
}

/**
 * An answer of 400 or above: an RFC 9457 problem.
 *
 * `code` is what to decide by. An answer that is no problem document (a proxy's page, a captive portal's) has the code
 * `unexpected_answer` and its own status.
 */
export class CountersignProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string | undefined;
  readonly requestId: string | undefined;
  readonly errors: readonly FieldError[];
  /** Seconds, from the body or from `Retry-After`. */
  readonly retryAfter: number | undefined;
  readonly required: Requirement;
  readonly attemptsRemaining: number | undefined;

  constructor(body: ProblemBody, options?: ErrorOptions) {
    super(`${body.code} (${body.status}): ${body.detail ?? body.title ?? 'no detail'}`, options);
    this.name = 'CountersignProblem';
    this.status = body.status;
    this.code = body.code;
    this.detail = body.detail;
    this.requestId = body.requestId;
    this.errors = body.errors ?? [];
    this.retryAfter = body.retryAfter;
    this.required = body.required ?? {};
    this.attemptsRemaining = body.attemptsRemaining;
  }

  /** The same request may succeed later, unchanged: after `retryAfter`, where the answer says so. */
  get isTransient(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** No answer came: the request may or may not have been carried out. `cause` is what fetch threw. */
export class CountersignUnreachable extends Error {
  constructor(path: string, options: ErrorOptions) {
    super(`No answer from ${path}`, options);
    this.name = 'CountersignUnreachable';
  }
}

export function isTransient(error: unknown): boolean {
  return error instanceof CountersignUnreachable || (error instanceof CountersignProblem && error.isTransient);
}

export function stepUpCodeOf(problem: CountersignProblem): StepUpCode | undefined {
  return STEP_UP_CODES.find((code) => code === problem.code);
}

/** Reads an answer of 400 or above, whatever it is. */
export async function problemFrom(response: Response, now: number): Promise<CountersignProblem> {
  const waits = secondsToWait(response.headers.get('retry-after'), now);
  const body = asProblem(await textOf(response));
  return new CountersignProblem({
    title: response.statusText,
    code: 'unexpected_answer',
    ...(waits === undefined ? {} : { retryAfter: waits }),
    ...body,
    status: response.status,
  });
}

function asProblem(text: string): Partial<ProblemBody> {
  try {
    const body: unknown = JSON.parse(text);
    const isProblem = typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';
    return isProblem ? (body as ProblemBody) : {};
  } catch {
    return {};
  }
}

async function textOf(response: Response): Promise<string> {
  try {
    return await response.text();
  } catch {
    return ''; // the connection broke after the status line: the status still counts
  }
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function secondsToWait(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}
