import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-jwt';
import type { Principal } from '../../access/principal';
import { Clock } from '../../platform/clock/clock';
import { SIGNING_ALGORITHMS } from '../../platform/config/settings/signing-key.settings';
import { TokenSettings } from '../../platform/config/settings/token.settings';
import { SigningKeyRing } from '../signing-keys/signing-key-ring';
import { ACCESS_TOKEN_TYPE, principalFrom } from './access-token-claims';
import { bearerToken } from './bearer-token';
import { isSpellingOf, readJwsFrame } from './compact-jws';

export const ACCESS_TOKEN_STRATEGY = 'access-token';

interface RequestWithAuthorization {
  readonly headers: { readonly authorization?: string };
}

/** Verifies access tokens: signature, `alg`, `iss` and `aud` by passport-jwt; `typ`, spelling, times and types of claims here. */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy, ACCESS_TOKEN_STRATEGY) {
  constructor(
    ring: SigningKeyRing,
    private readonly settings: TokenSettings,
    private readonly clock: Clock,
  ) {
    super({
      jwtFromRequest: (request: RequestWithAuthorization) => bearerToken(request.headers.authorization),
      // Synchronous: a rejected promise in here would leave the request hanging.
      secretOrKeyProvider: (_request: unknown, token: string, done: (error: Error | null, key?: string) => void) => {
        const header = readJwsFrame(token)?.header;
        // RFC 9068 §4: typ.
        if (header?.typ !== ACCESS_TOKEN_TYPE) {
          done(new Error('not an access token'));
          return;
        }
        const key = ring.find(header.kid);
        // RFC 8725 §3.1: one algorithm a key.
        if (key?.alg !== header.alg) {
          done(new Error('unknown key or another algorithm'));
          return;
        }
        done(null, key.publicKey as unknown as string); // The types lag behind: jsonwebtoken takes a KeyObject.
      },
      // What keys may have at all, since the ring changes while this stays; which one it is, the key above decides.
      algorithms: [...SIGNING_ALGORITHMS],
      passReqToCallback: true,
      issuer: settings.issuer,
      audience: settings.ownAudience,
      // Times are checked against the Clock in validate(): `exp` without leeway, `nbf` and `iat` with.
      ignoreExpiration: true,
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- passport-jwt takes this option nowhere else
      jsonWebTokenOptions: { ignoreNotBefore: true },
    });
  }

  validate(request: RequestWithAuthorization, claims: unknown): Principal | false {
    const frame = readJwsFrame(bearerToken(request.headers.authorization));
    // RFC 7519 §7.2 step 10, §4: what was verified has one meaning, whoever parses it.
    if (frame === undefined || !isSpellingOf(claims, frame.payload)) return false;
    return principalFrom(claims, this.clock.nowInSeconds(), this.settings.clockTolerance) ?? false;
  }
}
