import { calculateJwkThumbprint, type JWK } from 'jose';
import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { SigningAlgorithm } from '../../platform/config/settings/signing-key.settings';

/** A new key, not yet sealed. */
export interface KeyMaterial {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  /** Null for a secret key: nothing of it may be published. */
  readonly publicJwk: JWK | null;
  /** PKCS#8, DER; the bytes of a secret key. */
  readonly bytes: Buffer;
}

/** What signs and what verifies; for a secret key the same. */
export interface KeyObjects {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const generate = promisify(generateKeyPair);
/** ASVS 5.0 V11.2.3: 128 bits of strength. */
const RSA_BITS = 3072;
/** RFC 7518 §3.2: at least as long as the hash. */
const SECRET_BYTES = 32;

/** A new key of this algorithm. Not on the main thread: an RSA key takes a while. */
export async function makeKeyMaterial(alg: SigningAlgorithm): Promise<KeyMaterial> {
  // A thumbprint of a secret would be published with every token: its id is random instead (RFC 7638 §7).
  if (alg === 'HS256') {
    return { kid: randomBytes(32).toString('base64url'), alg, publicJwk: null, bytes: randomBytes(SECRET_BYTES) };
  }
  const { privateKey, publicKey } =
    alg === 'ES256'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength: RSA_BITS, publicExponent: 0x10001 });
  const publicJwk = publicJwkOf(publicKey);
  const bytes = privateKey.export({ format: 'der', type: 'pkcs8' });
  return { kid: await calculateJwkThumbprint(publicJwk, 'sha256'), alg, publicJwk, bytes };
}

/** The keys that `bytes` of a `KeyMaterial` stand for, as objects: a string would be parsed again at every use. */
export function openKey(alg: SigningAlgorithm, bytes: Buffer): KeyObjects {
  if (alg === 'HS256') {
    const secret = createSecretKey(bytes);
    return { privateKey: secret, publicKey: secret };
  }
  const privateKey = createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** The public members of a key and no others, each by its name (RFC 7518 §6.2.1, §6.3.1). */
export function publicJwkOf(key: KeyObject): JWK {
  if (key.type === 'secret') throw new TypeError('A secret key has no public members');
  const { kty, crv, x, y, n, e } = key.export({ format: 'jwk' });
  if (kty === 'EC' && crv && x && y) return { kty, crv, x, y };
  if (kty === 'RSA' && n && e) return { kty, n, e };
  throw new TypeError(`No public members are known of a key of type ${String(kty)}`);
}
