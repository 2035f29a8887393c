/** The header of a compact JWS that this service could have made. */
export interface JwsHeader {
  readonly typ: string;
  readonly alg: string;
  readonly kid: string;
}

/** Longer than any token of ours; what is longer is not parsed. */
const MAX_LENGTH = 8192;

/** All tokens of one key have the same header: the last good one is not parsed again. */
let lastRead: { readonly part: string; readonly header: JwsHeader } | undefined;

/**
 * Reads the header of a compact JWS strictly; undefined when it is anything else. Says nothing of the signature.
 *
 * Keys that a header brings along (`jwk`, `jku`, `x5c`, `x5u`) are not looked at.
 */
export function readJwsHeader(token: string): JwsHeader | undefined {
  if (token.length > MAX_LENGTH) return undefined;
  // RFC 7515 §5.2 step 1, RFC 7519 §7.2: three parts, two dots.
  const parts = token.split('.');
  // RFC 7515 §2: base64url without padding, white space or other characters, in its one canonical spelling.
  if (parts.length !== 3 || !parts.every(isCanonicalBase64url)) return undefined;
  const [first = ''] = parts;
  if (lastRead?.part !== first) {
    const header = parseHeader(first);
    if (header === undefined) return undefined;
    lastRead = { part: first, header };
  }
  return lastRead.header;
}

function parseHeader(part: string): JwsHeader | undefined {
  const header = parseObject(part);
  // RFC 7515 §4.1.11: no extension is understood, so any `crit` is refused.
  if (header === undefined || 'crit' in header || 'b64' in header) return undefined;
  const { typ, alg, kid } = header;
  if (typeof typ !== 'string' || typeof alg !== 'string' || typeof kid !== 'string') return undefined;
  return { typ, alg, kid };
}

/** What may stand last, by length modulo 4: RFC 4648 §3.5, bits that carry nothing are zero. */
const LAST_CHARACTERS = [undefined, '', 'AQgw', 'AEIMQUYcgkosw048'];

function isCanonicalBase64url(part: string): boolean {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) return false;
  const allowed = LAST_CHARACTERS[part.length % 4];
  return allowed === undefined || allowed.includes(part.charAt(part.length - 1));
}

function parseObject(part: string): Record<string, unknown> | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url'));
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    // RFC 7515 §5.2 step 4: member names must be unique. Ours are flat, so written again they must be as long as before.
    const names = [...text.matchAll(/"((?:[^"\\]|\\.)*)"\s*:/g)].length;
    return names === Object.keys(value).length ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
