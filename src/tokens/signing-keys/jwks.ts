import type { JWK } from 'jose';
import type { SigningAlgorithm } from '../../platform/config/settings/signing-key.settings';
import type { JsonWebKeySetDto, PublicJwkDto } from './jwks.dto';

interface PublishedKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly publicJwk: JWK | null;
}

/** The RFC 7517 key set of these keys: public members by name, and nothing of secret keys. */
export function jwksOf(keys: readonly PublishedKey[]): JsonWebKeySetDto {
  return { keys: keys.map(publish).filter((jwk) => jwk !== undefined) };
}

function publish({ kid, alg, publicJwk }: PublishedKey): PublicJwkDto | undefined {
  const about = { kid, use: 'sig', alg } as const;
  const { kty, crv, x, y, n, e } = publicJwk ?? {};
  if (kty === 'EC' && crv && x && y) return { kty, ...about, crv, x, y };
  if (kty === 'RSA' && n && e) return { kty, ...about, n, e };
  return undefined;
}
