import { Injectable } from '@nestjs/common';
import { AccessTokenMinter } from '../../access/access-token-minter';
import type { Principal } from '../../access/principal';
import { TokenSettings } from '../../platform/config/settings/token.settings';
import { DomainError } from '../../platform/errors/domain-error';
import { signJws } from '../signing-keys/sign-jws';
import { SigningKeyRing } from '../signing-keys/signing-key-ring';
import { ACCESS_TOKEN_TYPE, claimsOf } from './access-token-claims';
import { MAX_TOKEN_LENGTH } from './compact-jws';

@Injectable()
export class AccessTokenIssuer extends AccessTokenMinter {
  constructor(
    private readonly ring: SigningKeyRing,
    private readonly settings: TokenSettings,
  ) {
    super();
  }

  /** @throws DomainError `unavailable` when the token would be longer than what is accepted */
  override mint(principal: Principal): string {
    const { issuer, audience } = this.settings;
    const aud = audience.length === 1 ? audience[0] : audience;
    const token = signJws(this.ring.active, ACCESS_TOKEN_TYPE, { iss: issuer, aud, ...claimsOf(principal) });
    if (token.length <= MAX_TOKEN_LENGTH) return token;
    // Better no token than one that every request is refused with.
    throw new DomainError('unavailable', {
      cause: `an access token of ${token.length} characters is longer than ${MAX_TOKEN_LENGTH}: its roles, permissions, audiences and further claims are too many`,
    });
  }
}
