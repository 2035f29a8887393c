import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccessTokenClaimsRegistry } from '../../access/access-token-claims.registry';
import { AccessTokenMinter } from '../../access/access-token-minter';
import type { Principal } from '../../access/principal';
import { Clock } from '../../platform/clock/clock';
import { newId } from '../../platform/crypto/new-id';
import { TokenSettings } from '../../platform/config/settings/token.settings';
import type { Session } from '../../tokens/sessions/session';
import type { SignInAccount } from '../../users/accounts/account';
import type { SessionAssurance } from './assess-session';

/** The access token of a session, with the further claims that modules give. */
@Injectable()
export class SessionAccessToken {
  constructor(
    private readonly minter: AccessTokenMinter,
    private readonly furtherClaims: AccessTokenClaimsRegistry,
    private readonly settings: TokenSettings,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns the token, and the principal whom it names
   * @throws DomainError `unavailable` when a further claim cannot be had
   */
  async mint(
    tx: EntityManager,
    session: Session,
    account: SignInAccount,
    { acr, amr, mfaTime }: SessionAssurance,
  ): Promise<{ accessToken: string; principal: Principal }> {
    const { id: userId, roles, permissions } = account;
    const claims = await this.furtherClaims.claimsFor({ userId, sessionId: session.id, roles }, tx);
    const issuedAt = this.clock.nowInSeconds();
    // An access token does not outlive its session.
    const sessionEnd = Math.floor(session.endsBy.getTime() / 1000);
    const principal: Principal = {
      userId,
      sessionId: session.id,
      username: account.username,
      clientId: this.settings.clientId,
      roles,
      permissions,
      acr,
      amr,
      authTime: Math.floor(session.authTime.getTime() / 1000),
      mfaTime,
      mfaEnrolled: account.mfaEnrolledAt !== null,
      tokenVersion: account.tokenVersion,
      tokenId: newId(),
      issuedAt,
      expiresAt: Math.min(issuedAt + this.settings.accessTokenTtl, sessionEnd),
      claims,
    };
    return { accessToken: this.minter.mint(principal), principal };
  }
}
