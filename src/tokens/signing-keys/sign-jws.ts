import { constants, createHmac, type KeyObject, sign } from 'node:crypto';
import type { SigningAlgorithm } from '../../platform/config/settings/signing-key.settings';

/** A key as the ring has it. */
interface JwsSigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly privateKey: KeyObject;
}

/** The encoded headers of a key, one a type: they are the same for all its tokens, and a key is examined once. */
const headers = new WeakMap<JwsSigningKey, Map<string, string>>();

/**
 * A compact JWS over these claims (RFC 7515 §7.1), signed by node:crypto; docs/adr/0014 says why not by jsonwebtoken.
 *
 * @param typ media type of the token, e.g. `at+jwt`
 * @throws TypeError when the key is none for its algorithm
 */
export function signJws(key: JwsSigningKey, typ: string, claims: object): string {
  const input = `${headerOf(key, typ)}.${Buffer.from(JSON.stringify(claims), 'utf8').toString('base64url')}`;
  return `${input}.${signature(key, input)}`;
}

function headerOf(key: JwsSigningKey, typ: string): string {
  const known = headers.get(key) ?? examined(key);
  const header =
    known.get(typ) ?? Buffer.from(JSON.stringify({ alg: key.alg, typ, kid: key.kid })).toString('base64url');
  known.set(typ, header);
  headers.set(key, known);
  return header;
}

function signature({ alg, privateKey }: JwsSigningKey, input: string): string {
  // RFC 7518 §3.2 to 3.5.
  switch (alg) {
    case 'HS256':
      return createHmac('sha256', privateKey).update(input).digest('base64url');
    case 'ES256':
      return sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    case 'RS256':
      return sign('sha256', Buffer.from(input), privateKey).toString('base64url');
    case 'PS256': {
      const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
      return sign('sha256', Buffer.from(input), { key: privateKey, ...padding }).toString('base64url');
    }
  }
}

/** RFC 7518 §3.3: 2048 bits or more. */
const LEAST_RSA_BITS = 2048;
/** RFC 7518 §3.2: as long as the hash or longer. */
const LEAST_SECRET_BYTES = 32;

function examined({ alg, privateKey }: JwsSigningKey): Map<string, string> {
  if (!isKeyFor(alg, privateKey)) throw new TypeError(`A key of type ${privateKey.type} that is none for ${alg}`);
  return new Map();
}

function isKeyFor(alg: SigningAlgorithm, key: KeyObject): boolean {
  if (alg === 'HS256') return key.type === 'secret' && (key.symmetricKeySize ?? 0) >= LEAST_SECRET_BYTES;
  if (key.type !== 'private') return false;
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (alg === 'ES256') return key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1';
  return key.asymmetricKeyType === 'rsa' && modulusLength >= LEAST_RSA_BITS;
}
