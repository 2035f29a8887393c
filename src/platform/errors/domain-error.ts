import type { ErrorCode } from './error-catalogue';

/** One thing that is wrong with a request, as `errors[]` of a problem document carries it. */
export interface FieldError {
  /** Dotted path of the field, e.g. `items.0.amount`. */
  readonly path: string;
  /** Stable snake_case reason, e.g. `too_short`. */
  readonly code: string;
  /** Plain sentence for a developer. */
  readonly message: string;
}

/** What a guard demands, as `required` of a problem document carries it. */
export interface ProblemRequirement {
  readonly acr?: string;
  /** Seconds. */
  readonly maxAge?: number;
  readonly methods?: readonly string[];
  readonly permissions?: readonly string[];
  readonly roles?: readonly string[];
}

export interface DomainErrorOptions {
  /** What the client reads. Says nothing that an attacker could use. */
  readonly detail?: string;
  /** What only the log says: the cause. */
  readonly reason?: string;
  readonly errors?: readonly FieldError[];
  readonly required?: ProblemRequirement;
  /** Seconds until another try makes sense; becomes `Retry-After`. */
  readonly retryAfter?: number;
  /** Tries that are left, with `invalid_code`. */
  readonly attemptsRemaining?: number;
  /** The parameters of the `WWW-Authenticate: Bearer` challenge after `realm`. */
  readonly challenge?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/**
 * A refusal with a stable `code`. Services throw it; `ProblemFilter` answers it as RFC 9457 problem details with the status
 * that the catalogue gives the code. A module's own codes join the catalogue by `AccessModule.forFeature({ errors })`.
 *
 * @example throw new DomainError('not_found', { detail: 'No such payout.' });
 */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode | (string & Record<never, never>),
    readonly options: DomainErrorOptions = {},
  ) {
    super(options.reason ?? options.detail ?? code, { cause: options.cause });
  }
}
