/** Names with a meaning of their own: registered for JWTs (IANA), used by this service, or kept out of its tokens. */
const RESERVED: ReadonlySet<string> = new Set([
  // RFC 7519, RFC 7800, RFC 8055, RFC 8417, RFC 8693, RFC 9068, RFC 9396, RFC 9449.
  ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'cnf', 'orig', 'dest', 'events', 'txn', 'toe', 'act', 'may_act'],
  ...['scope', 'client_id', 'roles', 'groups', 'entitlements', 'authorization_details', 'htm', 'htu', 'ath', 'nonce'],
  // OpenID Connect.
  ...['azp', 'auth_time', 'at_hash', 'c_hash', 's_hash', 'acr', 'amr', 'sub_jwk', 'sid', 'name', 'given_name'],
  ...['family_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture', 'website', 'email'],
  ...['email_verified', 'gender', 'birthdate', 'zoneinfo', 'locale', 'phone_number', 'phone_number_verified'],
  ...['address', 'updated_at', '_claim_names', '_claim_sources'],
  // RFC 7662 §2.2: what introspection says of a token.
  ...['active', 'username', 'token_type'],
  // Our own.
  ...['ver', 'mfa_time', 'mfa_enrolled', 'permissions', 'purpose', 'typ'],
]);

const NAME = /^[A-Za-z][A-Za-z0-9_.:/-]{0,127}$/;
const MAX_BYTES = 1024;
const MAX_DEPTH = 8;

/** Why this cannot be the name of a further claim; undefined when it can. */
export function objectionToClaimName(name: string): string | undefined {
  if (RESERVED.has(name)) return 'it is reserved';
  return NAME.test(name) ? undefined : 'it is not a name of letters, digits and _ . : / -';
}

const NONE: Record<string, unknown> = Object.freeze({});

/** What of a token's claims is neither registered nor ours. */
export function withoutReserved(claims: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = Object.keys(claims).filter((name) => !RESERVED.has(name));
  // Mostly there are none. Not by assignment: a name may be `__proto__`.
  return names.length === 0 ? NONE : Object.fromEntries(names.map((name) => [name, claims[name]]));
}

/** @throws Error unless these are declared names with values of JSON */
export function assertDeclaredJson(claims: unknown, names: readonly string[]): void {
  if (!isPlainObject(claims)) throw new Error('Claims must be a plain object');
  for (const [name, value] of Object.entries(claims)) {
    if (!names.includes(name)) throw new Error(`Claim ${name} is not among the declared names`);
    if (!isJson(value, MAX_DEPTH)) throw new Error(`Claim ${name} is not JSON`);
  }
}

/** @throws Error when the claims are more than a token has room for */
export function assertSize(claims: Readonly<Record<string, unknown>>): void {
  const bytes = Buffer.byteLength(JSON.stringify(claims));
  if (bytes > MAX_BYTES) throw new Error(`Further claims have ${bytes} bytes; there is room for ${MAX_BYTES}`);
}

/** The same value, and nobody changes it any more. */
export function deeplyFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deeplyFrozen(part);
  }
  return value;
}

/** What comes out of JSON as it went in: no dates, no undefined, no class of anybody's. */
function isJson(value: unknown, depth: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (depth === 0) return false;
  if (Array.isArray(value)) return Array.from(value as unknown[]).every((each) => isJson(each, depth - 1));
  return isPlainObject(value) && Object.values(value).every((each) => isJson(each, depth - 1));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
