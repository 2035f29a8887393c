import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { TokenSettings } from '../../platform/config/settings/token.settings';
import { ACCESS_TOKEN_TYPE } from '../access-tokens/access-token-claims';
import { readJwsHeader } from '../access-tokens/compact-jws';
import { MFA_TOKEN_TYPE } from '../mfa-tokens/mfa-tokens';
import { SigningKeyRing } from '../signing-keys/signing-key-ring';

/** Whose session a genuine token is of, for ending it. An expired token is as good: its holder wants less, not more. */
@Injectable()
export class SessionOfToken {
  constructor(
    private readonly jwt: JwtService,
    private readonly ring: SigningKeyRing,
    private readonly settings: TokenSettings,
  ) {}

  /** @param authorization the header. @returns undefined for anything this service did not sign */
  find(authorization: string): string | undefined {
    const token = /^bearer +(\S+) *$/i.exec(authorization)?.[1];
    const header = token === undefined ? undefined : readJwsHeader(token);
    if (token === undefined || (header?.typ !== ACCESS_TOKEN_TYPE && header?.typ !== MFA_TOKEN_TYPE)) return undefined;
    const key = this.ring.find(header.kid);
    if (key?.alg !== header.alg) return undefined;
    try {
      const { sid } = this.jwt.verify<{ sid?: unknown }>(token, {
        publicKey: key.publicKey as unknown as string,
        algorithms: [key.alg],
        issuer: this.settings.issuer,
        ignoreExpiration: true,
        ignoreNotBefore: true,
      });
      return typeof sid === 'string' ? sid : undefined;
    } catch {
      return undefined;
    }
  }
}
