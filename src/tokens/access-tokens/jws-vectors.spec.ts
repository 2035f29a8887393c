import { JwtService } from '@nestjs/jwt';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readJwsHeader } from './compact-jws';

// The examples of the standards, against the library that tokens are verified with, and against the parser in front of it.
const PAYLOAD = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
const CLAIMS = { iss: 'joe', exp: 1300819380, 'http://example.com/is_root': true };

const A_1 = `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${PAYLOAD}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`;
const A_1_KEY = 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow';

const A_2_SIGNATURE =
  'cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw';
const A_2 = `eyJhbGciOiJSUzI1NiJ9.${PAYLOAD}.${A_2_SIGNATURE}`;
const A_2_KEY = {
  kty: 'RSA',
  n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
  e: 'AQAB',
};

const A_3_SIGNATURE = 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q';
const A_3 = `eyJhbGciOiJFUzI1NiJ9.${PAYLOAD}.${A_3_SIGNATURE}`;
const A_3_KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};

const A_4 =
  'eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn';
const A_4_KEY = {
  kty: 'EC',
  crv: 'P-521',
  x: 'AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk',
  y: 'ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2',
};

const A_5 = `eyJhbGciOiJub25lIn0.${PAYLOAD}.`;
const A_6 = JSON.stringify({
  payload: PAYLOAD,
  signatures: [
    { protected: 'eyJhbGciOiJSUzI1NiJ9', header: { kid: '2010-12-29' }, signature: A_2_SIGNATURE },
    {
      protected: 'eyJhbGciOiJFUzI1NiJ9',
      header: { kid: 'e9bc097a-ce51-4036-9562-d2ade882db0d' },
      signature: A_3_SIGNATURE,
    },
  ],
});

/** RFC 7520 §4.4: HS256 with a key id, over a text. */
const RFC_7520_4_4 =
  'eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0';
const RFC_7520_KEY = 'hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg';

const EDDSA =
  'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg';

const jwt = new JwtService();
const publicKey = (jwk: JsonWebKey) => createPublicKey({ key: jwk, format: 'jwk' });
const secretKey = (k: string) => createSecretKey(Buffer.from(k, 'base64url'));

type Algorithm = 'HS256' | 'RS256' | 'ES256' | 'ES512' | 'PS256';
function verify(token: string, key: KeyObject, algorithm: Algorithm): unknown {
  const field = key.type === 'secret' ? { secret: key as unknown as Buffer } : { publicKey: key as unknown as Buffer };
  return jwt.verify<object>(token, { ...field, algorithms: [algorithm], ignoreExpiration: true });
}

const VECTORS: [string, string, KeyObject, Algorithm, unknown][] = [
  ['RFC 7515 A.1, a line break in its header', A_1, secretKey(A_1_KEY), 'HS256', CLAIMS],
  ['RFC 7515 A.2', A_2, publicKey(A_2_KEY), 'RS256', CLAIMS],
  ['RFC 7515 A.3', A_3, publicKey(A_3_KEY), 'ES256', CLAIMS],
  ['RFC 7515 A.4, a text', A_4, publicKey(A_4_KEY), 'ES512', 'Payload'],
  ['RFC 7520 §4.4, a text', RFC_7520_4_4, secretKey(RFC_7520_KEY), 'HS256', expect.stringMatching(/^It’s a dangerous/)],
];

describe('What verifies tokens', () => {
  it.each(VECTORS)('verifies %s', (_, token, key, algorithm, payload) => {
    expect(verify(token, key, algorithm)).toEqual(payload);
  });

  it.each(VECTORS)('refuses another signature, payload or algorithm: %s', (_, token, key, algorithm) => {
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const changed = (part: string) => (part.startsWith('A') ? 'B' : 'A') + part.slice(1);
    expect(() => verify(`${header}.${payload}.${changed(signature)}`, key, algorithm)).toThrow();
    expect(() => verify(`${header}.${changed(payload)}.${signature}`, key, algorithm)).toThrow();
    expect(() => verify(`${header}.${payload}.`, key, algorithm)).toThrow();
    expect(() => verify(token, key, algorithm === 'RS256' ? 'PS256' : 'RS256')).toThrow();
  });

  it('honours the expiry of RFC 7515 A.3 (RFC 7519 §4.1.4)', () => {
    const key = publicKey(A_3_KEY) as unknown as Buffer;
    expect(() => jwt.verify<object>(A_3, { publicKey: key, algorithms: ['ES256'] })).toThrow('jwt expired');
  });

  it('never takes RFC 7515 A.5, which nobody signed', () => {
    for (const key of [publicKey(A_3_KEY), secretKey(A_1_KEY)]) {
      for (const algorithm of ['HS256', 'ES256'] as const) expect(() => verify(A_5, key, algorithm)).toThrow();
    }
  });
});

describe(readJwsHeader, () => {
  it.each([
    ['RFC 7515 A.1', A_1],
    ['RFC 7515 A.2', A_2],
    ['RFC 7515 A.3', A_3],
    ['RFC 7515 A.4', A_4],
    ['RFC 7515 A.5', A_5],
    ['RFC 7515 A.6', A_6],
    ['RFC 7520 §4.4', RFC_7520_4_4],
    ['RFC 8037 A.4', EDDSA],
  ])('refuses %s: it names no key and no type of ours', (_, token) => {
    expect(readJwsHeader(token)).toBeUndefined();
  });
});

describe('What names keys', () => {
  // RFC 7638 §3.1; RFC 8037 A.3.
  const RSA = {
    kty: 'RSA',
    n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
    e: 'AQAB',
    alg: 'RS256',
    kid: '2011-04-29',
  };
  const OKP = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };

  it.each<[string, JWK, string]>([
    ['RFC 7638 §3.1', RSA, 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs'],
    ['RFC 8037 A.3', OKP, 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'],
  ])('computes the thumbprint of %s', async (_, jwk, thumbprint) => {
    expect(await calculateJwkThumbprint(jwk, 'sha256')).toBe(thumbprint);
  });
});
