/** The header of a compact JWS that this service could have made. */
export interface JwsHeader {
  /** In small letters and without `application/` (RFC 7515 §4.1.9: a media type). */
  readonly typ: string;
  readonly alg: string;
  readonly kid: string;
}

/** No token of ours is longer; what is, is not parsed. */
export const MAX_TOKEN_LENGTH = 8192;

/** A compact JWS whose header and signature were read strictly, and whose claims were not read at all. */
export interface JwsFrame {
  readonly header: JwsHeader;
  /** The second part, to be compared with what comes out of it: `isSpellingOf`. */
  readonly payload: string;
}

/** All tokens of one key have the same header: the last good one is not parsed again. */
let lastHeader: { readonly part: string; readonly header: JwsHeader } | undefined;

/** Whoever verifies a token asks several times in a row: the last good one is not read again. */
let lastFrame: { readonly token: string; readonly frame: JwsFrame } | undefined;

/**
 * Reads the header of a compact JWS strictly; undefined when any of its parts is not spelt as this service spells it. Says
 * nothing of the signature.
 *
 * Keys that a header brings along (`jwk`, `jku`, `x5c`, `x5u`) are not looked at.
 */
export function readJwsHeader(token: string): JwsHeader | undefined {
  const frame = readJwsFrame(token);
  return frame !== undefined && parseObject(frame.payload) !== undefined ? frame.header : undefined;
}

/** The same without the claims, for who parses them anyway and asks `isSpellingOf` before he believes them. */
export function readJwsFrame(token: string): JwsFrame | undefined {
  if (lastFrame?.token === token) return lastFrame.frame;
  if (token.length > MAX_TOKEN_LENGTH) return undefined;
  // RFC 7515 §5.2 step 1, RFC 7519 §7.2: three parts, two dots.
  const [first = '', payload = '', third = '', ...others] = token.split('.', 4);
  if (others.length > 0 || !isCanonicalBase64url(third)) return undefined;
  const header = lastHeader?.part === first ? lastHeader.header : parseHeader(first);
  if (header === undefined) return undefined;
  lastHeader = { part: first, header };
  const frame = { header, payload };
  lastFrame = { token, frame };
  return frame;
}

/**
 * Whether a part is the one spelling of an object that was parsed from it. All our parts are written by JSON.stringify, and what
 * is ours comes out the same when it is written again. Nothing else does: a name twice, at any depth and in any disguise (RFC
 * 7515 §5.2 step 4, RFC 7519 §4), white space, a byte order mark, bytes that are no UTF-8, escapes and numbers in another
 * spelling, base64url in another spelling.
 */
export function isSpellingOf(value: unknown, part: string): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  try {
    return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url') === part;
  } catch {
    return false; // Nested deeper than JSON.stringify goes.
  }
}

/** The claims of a compact JWS, unverified; undefined when they are not spelt as this service spells them. */
export function readJwsClaims(token: string): Record<string, unknown> | undefined {
  return parseObject(token.split('.', 2)[1] ?? '');
}

function parseHeader(part: string): JwsHeader | undefined {
  const header = parseObject(part);
  // RFC 7515 §4.1.11: no extension is understood, so any `crit` is refused.
  if (header === undefined || 'crit' in header || 'b64' in header) return undefined;
  const { typ, alg, kid } = header;
  if (typeof typ !== 'string' || typeof alg !== 'string' || typeof kid !== 'string') return undefined;
  return { typ: typ.toLowerCase().replace(/^application\//, ''), alg, kid };
}

/** What may stand last, by length modulo 4: RFC 4648 §3.5, bits that carry nothing are zero. */
const LAST_CHARACTERS = [undefined, '', 'AQgw', 'AEIMQUYcgkosw048'];

// RFC 7515 §2: base64url without padding, white space or other characters, in its one canonical spelling.
function isCanonicalBase64url(part: string): boolean {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) return false;
  const allowed = LAST_CHARACTERS[part.length % 4];
  return allowed === undefined || allowed.includes(part.charAt(part.length - 1));
}

/** The JSON object of a part, in its one spelling. */
function parseObject(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isSpellingOf(value, part) ? value : undefined;
  } catch {
    return undefined; // No JSON.
  }
}
