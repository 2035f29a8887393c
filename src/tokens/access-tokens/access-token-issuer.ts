import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { AccessTokenMinter } from '../../access/access-token-minter';
import type { Principal } from '../../access/principal';
import { TokenSettings } from '../../platform/config/settings/token.settings';
import { SigningKeyRing } from '../signing-keys/signing-key-ring';
import { ACCESS_TOKEN_TYPE, claimsOf } from './access-token-claims';

@Injectable()
export class AccessTokenIssuer extends AccessTokenMinter {
  constructor(
    private readonly jwt: JwtService,
    private readonly ring: SigningKeyRing,
    private readonly settings: TokenSettings,
  ) {
    super();
  }

  override mint(principal: Principal): string {
    const { kid, alg, privateKey } = this.ring.active;
    const { issuer, audience } = this.settings;
    const aud = audience.length === 1 ? audience[0] : audience;
    return this.jwt.sign(
      { iss: issuer, aud, ...claimsOf(principal) },
      { privateKey, algorithm: alg, keyid: kid, header: { typ: ACCESS_TOKEN_TYPE, alg } },
    );
  }
}
