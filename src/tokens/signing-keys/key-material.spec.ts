import { calculateJwkThumbprint } from 'jose';
import { createHash, sign, verify } from 'node:crypto';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../platform/config/settings/signing-key.settings';
import { jwksOf } from './jwks';
import { type KeyMaterial, makeKeyMaterial, openKey, publicJwkOf } from './key-material';

/** RFC 7518 §6.2.2, §6.3.2, §6.4: what nobody may see. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

describe('Key material', () => {
  let made: Record<SigningAlgorithm, KeyMaterial>;

  beforeAll(async () => {
    const all = await Promise.all(SIGNING_ALGORITHMS.map(makeKeyMaterial));
    made = Object.fromEntries(all.map((material) => [material.alg, material])) as typeof made;
  });

  it.each(SIGNING_ALGORITHMS)('of %s signs and verifies after it was opened', (alg) => {
    const { privateKey, publicKey } = openKey(alg, made[alg].bytes);
    if (alg === 'HS256') {
      expect(privateKey).toMatchObject({ type: 'secret', symmetricKeySize: 32 });
      expect(publicKey).toBe(privateKey);
      return;
    }
    expect([privateKey.type, publicKey.type]).toEqual(['private', 'public']);
    const data = Buffer.from('data');
    expect(verify('sha256', data, publicKey, sign('sha256', data, privateKey))).toBe(true);
  });

  it('is as strong as 128 bits: P-256, RSA of 3072 bits, 256 random bits', () => {
    const details = (alg: SigningAlgorithm) => openKey(alg, made[alg].bytes).publicKey.asymmetricKeyDetails;
    expect(details('ES256')).toEqual({ namedCurve: 'prime256v1' });
    for (const alg of ['RS256', 'PS256'] as const) {
      expect(details(alg)).toEqual({ modulusLength: 3072, publicExponent: 65537n });
    }
    expect(made.HS256.bytes).toHaveLength(32);
  });

  it.each(['ES256', 'PS256', 'RS256'] as const)('of %s is named by its RFC 7638 thumbprint', async (alg) => {
    const { kid, publicJwk, bytes } = made[alg];
    expect(publicJwk).toEqual(publicJwkOf(openKey(alg, bytes).publicKey));
    expect(kid).toBe(await calculateJwkThumbprint(publicJwk!));
    // RFC 7638 §3.2: required members only, in lexicographic order, no white space.
    const { crv, e, kty, n, x, y } = publicJwk!;
    const input = kty === 'EC' ? { crv, kty, x, y } : { e, kty, n };
    expect(kid).toBe(createHash('sha256').update(JSON.stringify(input)).digest('base64url'));
  });

  it('has the thumbprint of RFC 7638 §3.1 for its key', async () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    const jwk = { kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' };
    expect(await calculateJwkThumbprint(jwk, 'sha256')).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  it('of a secret is named by chance: not even a hash of it is published', () => {
    const { kid, publicJwk, bytes } = made.HS256;
    expect(publicJwk).toBeNull();
    const k = bytes.toString('base64url');
    const guesses = [bytes, k, JSON.stringify({ k, kty: 'oct' })];
    const hashes = guesses.map((guess) => createHash('sha256').update(guess).digest('base64url'));
    expect([k, ...hashes]).not.toContain(kid);
    expect(kid).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(() => publicJwkOf(openKey('HS256', bytes).publicKey)).toThrow(TypeError);
  });

  it('gives public members only, also when it is handed a private key', () => {
    for (const alg of ['ES256', 'PS256', 'RS256'] as const) {
      const { privateKey } = openKey(alg, made[alg].bytes);
      expect(publicJwkOf(privateKey)).toEqual(made[alg].publicJwk);
    }
  });
});

describe(jwksOf.name, () => {
  it('publishes public members by name, and nothing of a secret key, whatever the stored JWK holds', async () => {
    const keys = await Promise.all(SIGNING_ALGORITHMS.map(makeKeyMaterial));
    const careless = keys.map(({ kid, alg, bytes }) => {
      const { privateKey } = openKey(alg, bytes);
      return { kid, alg, publicJwk: { ...privateKey.export({ format: 'jwk' }), oth: [], k: 'secret' } };
    });
    const { keys: published } = jwksOf(careless);
    expect(published.map(({ alg }) => alg)).toEqual(['ES256', 'PS256', 'RS256']);
    for (const jwk of published) {
      const members = jwk.kty === 'EC' ? ['crv', 'x', 'y'] : ['e', 'n'];
      expect(Object.keys(jwk).sort()).toEqual(['alg', 'kid', 'kty', 'use', ...members].sort());
      for (const member of PRIVATE_MEMBERS) expect(jwk).not.toHaveProperty([member]);
    }
    const secret = careless.find(({ alg }) => alg === 'HS256')!;
    expect(JSON.stringify(published)).not.toContain(secret.kid);
  });

  it('is an empty set where only secrets sign', async () => {
    expect(jwksOf([await makeKeyMaterial('HS256')])).toEqual({ keys: [] });
  });
});
