/**
 * Every error code of the HTTP contract with its status and title. `code` is what clients branch on and never changes;
 * a module's own codes join at start through `AccessModule.forFeature({ errors })`.
 */
export interface ErrorDefinition {
  /** HTTP status, 400 to 599. */
  readonly status: number;
  /** Short summary of the kind of problem, the same for every occurrence (RFC 9457 §3.1.3). */
  readonly title: string;
}

const definitions = {
  validation_failed: { status: 400, title: 'The request does not fit the contract' },
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  bad_request: { status: 400, title: 'The request cannot be read' },
  password_rejected: { status: 400, title: 'The password is not acceptable' },
  invalid_code: { status: 400, title: 'The code is not right' },
  challenge_expired: { status: 400, title: 'The challenge is over' },
  invalid_token: { status: 400, title: 'The link or token is not valid' },
  invalid_credentials: { status: 401, title: 'The credentials are not right' },
  invalid_refresh_token: { status: 401, title: 'The refresh token is not valid' },
  token_missing: { status: 401, title: 'A token is needed' },
  token_invalid: { status: 401, title: 'The token is not valid' },
  mfa_required: { status: 401, title: 'A second factor is needed' },
  mfa_enrollment_required: { status: 401, title: 'A second factor has to be enrolled' },
  mfa_stale: { status: 401, title: 'The second factor was verified too long ago' },
  mfa_insufficient: { status: 401, title: 'A stronger second factor is needed' },
  reauthentication_required: { status: 401, title: 'The last authentication was too long ago' },
  forbidden: { status: 403, title: 'Not allowed' },
  origin_refused: { status: 403, title: 'The origin is not allowed' },
  registration_closed: { status: 403, title: 'Registration is closed' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  username_taken: { status: 409, title: 'The username is taken' },
  last_factor: { status: 409, title: 'The last factor cannot be dropped' },
  mfa_not_enrolled: { status: 409, title: 'The account has no second factor' },
  last_administrator: { status: 409, title: 'There must be an administrator' },
  idempotency_conflict: { status: 409, title: 'The idempotency key was used for another request' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  uri_too_long: { status: 414, title: 'The address is too long' },
  unsupported_media_type: { status: 415, title: 'The content type is not supported' },
  too_many_attempts: { status: 429, title: 'Too many attempts with this factor' },
  rate_limited: { status: 429, title: 'Too many requests' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  headers_too_large: { status: 431, title: 'The address or the headers are too large' },
  internal_error: { status: 500, title: 'Something went wrong here' },
  delivery_failed: { status: 503, title: 'The message cannot be sent' },
  service_busy: { status: 503, title: 'The service is busy' },
  unavailable: { status: 503, title: 'The service is not available' },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof definitions;

export const ERROR_CATALOGUE: Readonly<Record<ErrorCode, ErrorDefinition>> = definitions;
