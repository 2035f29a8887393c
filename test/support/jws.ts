import { createHmac, sign, type KeyObject } from 'node:crypto';

/** Makes a signature over `header.payload`. */
export type Signer = (input: string) => Buffer;

/** A compact JWS with exactly these parts, sense or nonsense; text is taken as it is. */
export function jws(header: object | string, payload: object | string, signer: Signer): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signer(input).toString('base64url')}`;
}

/** The parts of a compact JWS, unverified. */
export function readJws(token: string): { header: Record<string, unknown>; payload: Record<string, unknown> } {
  const [header, payload] = token.split('.', 2).map((part) => Buffer.from(part, 'base64url').toString('utf8'));
  return { header: JSON.parse(header!) as object, payload: JSON.parse(payload!) as object } as ReturnType<
    typeof readJws
  >;
}

/** ECDSA with SHA-256, R and S side by side (RFC 7518 §3.4) or as DER. */
export function es256(key: KeyObject, dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363'): Signer {
  return (input) => sign('sha256', Buffer.from(input), { key, dsaEncoding });
}

export function hs256(secret: Buffer | string): Signer {
  return (input) => createHmac('sha256', secret).update(input).digest();
}

/** These bytes, whatever is signed. */
export function bytes(signature: Buffer): Signer {
  return () => signature;
}

function encode(part: object | string): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part), 'utf8').toString('base64url');
}
