import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { DataSource } from 'typeorm';
import type { MfaTokenHolder, MfaTokenPurpose } from '../../access/principal';
import { newId } from '../../platform/crypto/new-id';
import { Clock } from '../../platform/clock/clock';
import { TokenSettings } from '../../platform/config/settings/token.settings';
import { invalidToken } from '../access-tokens/bearer-token';
import { readJwsHeader } from '../access-tokens/compact-jws';
import type { Session } from '../sessions/session';
import { SessionStore } from '../sessions/session.store';
import { signJws } from '../signing-keys/sign-jws';
import { SigningKeyRing } from '../signing-keys/signing-key-ring';

/** `typ` of an MFA token: never that of an access token (RFC 8725 §3.11, §3.12). */
export const MFA_TOKEN_TYPE = 'mfa+jwt';

/**
 * The tokens between the password and the second factor. Short-lived, of a type and audience of their own, and bound to one
 * round of verification: a success ends the round, and with it every MFA token of the session.
 */
@Injectable()
export class MfaTokens {
  constructor(
    private readonly jwt: JwtService,
    private readonly ring: SigningKeyRing,
    private readonly sessions: SessionStore,
    private readonly dataSource: DataSource,
    private readonly settings: TokenSettings,
    private readonly clock: Clock,
  ) {}

  mint(session: Session, username: string, purpose: MfaTokenPurpose): string {
    const now = this.clock.nowInSeconds();
    return signJws(this.ring.active, MFA_TOKEN_TYPE, {
      iss: this.settings.issuer,
      aud: this.audience,
      sub: session.userId,
      sid: session.id,
      iat: now,
      exp: now + this.settings.mfaTokenTtl,
      // The round is part of the id: the contract fixes the claims.
      jti: `${newId()}.${session.mfaRound}`,
      preferred_username: username,
      purpose,
    });
  }

  /** @throws DomainError `token_invalid` */
  async verify(token: string): Promise<MfaTokenHolder> {
    const claims = this.readClaims(token);
    const session = await this.sessions.find(this.dataSource.manager, claims.sessionId);
    if (session?.userId !== claims.userId || !session.isLiveAt(this.clock.now())) throw invalidToken('session is over');
    if (session.mfaRound !== claims.round) throw invalidToken('a second factor has been verified since');
    return Object.freeze(claims);
  }

  private get audience(): string {
    return `${this.settings.issuer}/mfa`;
  }

  private readClaims(token: string): MfaTokenHolder {
    const header = readJwsHeader(token);
    const key = header && this.ring.find(header.kid);
    if (header?.typ !== MFA_TOKEN_TYPE || key?.alg !== header.alg) throw invalidToken('unknown key or type');
    let payload: Record<string, unknown>;
    try {
      payload = this.jwt.verify(token, {
        publicKey: key.publicKey as unknown as string,
        algorithms: [key.alg],
        issuer: this.settings.issuer,
        audience: this.audience,
        ignoreExpiration: true, // Against the Clock below.
      });
    } catch (error) {
      throw invalidToken(error instanceof Error ? error.message : 'not verified');
    }
    const { sub, sid, exp, jti, purpose, preferred_username: username } = payload;
    if (typeof exp !== 'number' || this.clock.nowInSeconds() >= exp) throw invalidToken('expired');
    if (typeof sub !== 'string' || typeof sid !== 'string' || typeof jti !== 'string' || typeof username !== 'string') {
      throw invalidToken('claims are missing');
    }
    if (purpose !== 'verify' && purpose !== 'enroll') throw invalidToken('unknown purpose');
    const round = Number(jti.split('.')[1]);
    return { purpose, userId: sub, sessionId: sid, username, round };
  }
}
