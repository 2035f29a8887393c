import { JwtService } from '@nestjs/jwt';
import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../platform/config/settings/signing-key.settings';
import { signJws } from './sign-jws';

const pair = (type: 'P-256' | 'P-384' | number) =>
  typeof type === 'number'
    ? generateKeyPairSync('rsa', { modulusLength: type })
    : generateKeyPairSync('ec', { namedCurve: type });
const secret = (bytes: number) => {
  const key = createSecretKey(randomBytes(bytes));
  return { privateKey: key, publicKey: key };
};
const rsa = pair(2048);
const KEYS = { ES256: pair('P-256'), RS256: rsa, PS256: rsa, HS256: secret(32) };

const jwt = new JwtService();
const CLAIMS = { sub: 'ada', iat: 1_800_000_000, nested: { list: [1, 'é', null] } };

describe(signJws.name, () => {
  const verify = (token: string, key: KeyObject, alg: SigningAlgorithm) =>
    jwt.verify<object>(token, { publicKey: key as unknown as string, algorithms: [alg], complete: true });

  it.each(SIGNING_ALGORITHMS)('makes what jsonwebtoken verifies by %s, and by nothing else', (alg) => {
    const { privateKey, publicKey } = KEYS[alg];
    const token = signJws({ kid: 'k1', alg, privateKey }, 'at+jwt', CLAIMS);
    expect(verify(token, publicKey, alg)).toMatchObject({ header: { alg, typ: 'at+jwt', kid: 'k1' }, payload: CLAIMS });
    for (const other of SIGNING_ALGORITHMS) if (other !== alg) expect(() => verify(token, publicKey, other)).toThrow();
  });

  it.each(SIGNING_ALGORITHMS)('writes header and claims of %s as jsonwebtoken does', (alg) => {
    const { privateKey } = KEYS[alg];
    const theirs = jwt.sign(CLAIMS, {
      privateKey: privateKey as unknown as string,
      algorithm: alg,
      keyid: 'k1',
      header: { alg, typ: 'at+jwt' },
    });
    const ours = signJws({ kid: 'k1', alg, privateKey }, 'at+jwt', CLAIMS);
    expect(ours.split('.').slice(0, 2)).toEqual(theirs.split('.').slice(0, 2));
    expect(ours).toHaveLength(theirs.length);
  });

  it('keeps the types of one key apart, and keys of one type', () => {
    const headerOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
    const one = { kid: 'k1', alg: 'ES256', privateKey: KEYS.ES256.privateKey } as const;
    const two = { ...one, kid: 'k2' };
    const made = [signJws(one, 'at+jwt', {}), signJws(one, 'mfa+jwt', {}), signJws(two, 'at+jwt', {})].map(headerOf);
    expect(made).toEqual([
      { alg: 'ES256', typ: 'at+jwt', kid: 'k1' },
      { alg: 'ES256', typ: 'mfa+jwt', kid: 'k1' },
      { alg: 'ES256', typ: 'at+jwt', kid: 'k2' },
    ]);
  });

  // What jsonwebtoken would refuse as well (and a secret that is too short, which it would not).
  it.each<[SigningAlgorithm, string, KeyObject]>([
    ['ES256', 'a key of another curve', pair('P-384').privateKey],
    ['ES256', 'an RSA key', rsa.privateKey],
    ['ES256', 'a public key', KEYS.ES256.publicKey],
    ['ES256', 'a secret', secret(32).privateKey],
    ['RS256', 'an RSA key that is too short', pair(1024).privateKey],
    ['RS256', 'a key of an elliptic curve', KEYS.ES256.privateKey],
    ['RS256', 'a secret', secret(32).privateKey],
    ['PS256', 'an RSA key that is too short', pair(1024).privateKey],
    ['PS256', 'a public key', rsa.publicKey],
    ['HS256', 'a public key, which everybody has', rsa.publicKey],
    ['HS256', 'a private key', rsa.privateKey],
    ['HS256', 'a secret that is shorter than the hash', secret(31).privateKey],
  ])('signs nothing by %s with %s', (alg, _, privateKey) => {
    expect(() => signJws({ kid: 'k1', alg, privateKey }, 'at+jwt', CLAIMS)).toThrow(TypeError);
  });
});
