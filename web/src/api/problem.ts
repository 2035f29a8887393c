export interface FieldError {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** What a guard demands. */
export interface Requirement {
  readonly acr?: string;
  readonly methods?: readonly string[];
}

export interface ProblemBody {
  readonly status: number;
  readonly code: string;
  readonly errors?: readonly FieldError[];
  /** Seconds. */
  readonly retryAfter?: number;
  readonly required?: Requirement;
  readonly attemptsRemaining?: number;
  readonly requestId?: string;
}

/** An answer of 400 or above: an RFC 9457 problem. What is no problem document has the code `unexpected_answer`. */
export class ApiProblem extends Error {
  constructor(readonly body: ProblemBody) {
    super(`${body.code} (${body.status})`);
    this.name = 'ApiProblem';
  }

  get code(): string {
    return this.body.code;
  }
}

/** No answer came: the request may or may not have been carried out. */
export class Unreachable extends Error {
  constructor(options?: ErrorOptions) {
    super('No answer', options);
    this.name = 'Unreachable';
  }
}

export function isProblem(error: unknown, ...codes: string[]): error is ApiProblem {
  return error instanceof ApiProblem && (codes.length === 0 || codes.includes(error.code));
}

/** Tells `onTooLong` where the token that a step goes by has ended meanwhile. */
export async function orTooLong<T>(asked: Promise<T>, onTooLong: () => void): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (isProblem(error, 'token_invalid')) onTooLong();
    throw error;
  }
}

/** Reads an answer of 400 or above, whatever it is. */
export async function problemFrom(response: Response): Promise<ApiProblem> {
  const waits = Number(response.headers.get('retry-after') ?? Number.NaN);
  let body: Partial<ProblemBody> = {};
  try {
    const json: unknown = JSON.parse(await response.text());
    if (typeof json === 'object' && json !== null && 'code' in json && typeof json.code === 'string') {
      body = json as ProblemBody;
    }
  } catch {
    // A proxy's page, a captive portal's, or a connection that broke: the status still counts.
  }
  return new ApiProblem({
    code: 'unexpected_answer',
    ...(Number.isFinite(waits) && { retryAfter: waits }),
    ...body,
    status: response.status,
  });
}
