import { generateKeyPairSync } from 'node:crypto';
import type { Principal } from '../../access/principal';
import type { TokenSettings } from '../../platform/config/settings/token.settings';
import type { SigningKeyRing } from '../signing-keys/signing-key-ring';
import { AccessTokenIssuer } from './access-token-issuer';
import { MAX_TOKEN_LENGTH, readJwsHeader } from './compact-jws';

describe(AccessTokenIssuer.name, () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = new AccessTokenIssuer(
    { active: { kid: 'key', alg: 'ES256', privateKey } } as unknown as SigningKeyRing,
    { issuer: 'https://id.example.com', audience: ['api'] } as unknown as TokenSettings,
  );
  const mint = (characters: number) =>
    issuer.mint({
      userId: 'ada',
      permissions: ['x'.repeat(characters)],
      mfaTime: null,
      claims: {},
      issuedAt: 1_800_000_000,
      expiresAt: 1_800_000_300,
    } as unknown as Principal);

  it('mints no token that is too long to be accepted, and says how long it would be', () => {
    // Three characters of a claim are four of the token.
    const most = Math.floor(((MAX_TOKEN_LENGTH - mint(0).length) * 3) / 4);
    const longest = mint(most - 3);
    expect(longest.length).toBeGreaterThan(MAX_TOKEN_LENGTH - 8);
    expect(readJwsHeader(longest)).toMatchObject({ kid: 'key' });
    expect(() => mint(most + 3)).toThrow(
      expect.objectContaining({
        code: 'unavailable',
        options: { cause: expect.stringMatching(/access token of 819[3-9] characters is longer than 8192/) },
      }),
    );
  });
});
