import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { ACCEPTS_MFA_TOKEN } from '../../access/metadata';
import { PUBLIC } from '../../platform/http/public.decorator';
import type { Caller, Principal } from '../../access/principal';
import { Clock } from '../../platform/clock/clock';
import { DomainError } from '../../platform/errors/domain-error';
import { MFA_TOKEN_TYPE, MfaTokens } from '../mfa-tokens/mfa-tokens';
import { RevocationSet } from '../revocation/revocation-set';
import { SigningKeyRing } from '../signing-keys/signing-key-ring';
import { ACCESS_TOKEN_STRATEGY } from './access-token.strategy';
import { bearerToken, invalidToken } from './bearer-token';
import { readJwsHeader } from './compact-jws';
import { type TokenDigest, VerifiedTokenCache } from './verified-token-cache';

interface GuardedRequest {
  readonly headers: { readonly authorization?: string };
  user?: Caller;
}

/**
 * Closes every route but those whose method says `@Public()`. A token seen before is answered from memory, at once and without
 * a promise; every other is verified by the passport-jwt strategy.
 */
@Injectable()
export class AccessTokenGuard extends AuthGuard(ACCESS_TOKEN_STRATEGY) {
  constructor(
    private readonly cache: VerifiedTokenCache,
    private readonly ring: SigningKeyRing,
    private readonly revocations: RevocationSet,
    private readonly mfaTokens: MfaTokens,
    private readonly clock: Clock,
  ) {
    super();
  }

  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const handler = context.getHandler();
    if (PUBLIC.get(handler)) return true;
    // Not switchToHttp(), which makes three functions a call.
    const request = context.getArgByIndex<GuardedRequest>(0);
    const { authorization } = request.headers;
    const digest = this.cache.keyOf(authorization ?? '');
    const known = this.cache.find(digest);
    if (known === undefined) return this.verify(context, request, digest);
    this.demandCurrentRevocations();
    if (this.clock.nowInSeconds() >= known.principal.expiresAt) throw invalidToken('expired');
    if (this.ring.find(known.kid) === undefined) throw invalidToken('key is gone');
    this.refuseRevoked(known.kid, known.principal);
    request.user = known.principal;
    return true;
  }

  override handleRequest<User>(error: unknown, user: User, info: unknown): User {
    if (error instanceof Error) throw error;
    if (!user) throw invalidToken(info instanceof Error ? info.message : 'claims are not acceptable');
    return user;
  }

  private async verify(context: ExecutionContext, request: GuardedRequest, digest: TokenDigest): Promise<boolean> {
    const token = bearerToken(request.headers.authorization);
    this.demandCurrentRevocations();
    const header = readJwsHeader(token);
    if (header === undefined) throw invalidToken('not a compact JWS');
    await this.ring.learn(header.kid);
    if (this.revocations.isKeyRevoked(header.kid)) throw invalidToken('key is revoked');
    if (header.typ === MFA_TOKEN_TYPE) {
      if (!ACCEPTS_MFA_TOKEN.get(context.getHandler()))
        throw invalidToken('an MFA token where an access token belongs');
      request.user = await this.mfaTokens.verify(token);
      return true;
    }
    await super.canActivate(context);
    const principal = request.user as Principal;
    this.refuseRevoked(header.kid, principal);
    this.cache.remember(digest, { kid: header.kid, principal });
    return true;
  }

  private demandCurrentRevocations(): void {
    if (this.revocations.isCurrent) return;
    throw new DomainError('unavailable', { reason: 'revocations have not been read for too long' });
  }

  private refuseRevoked(kid: string, principal: Principal): void {
    if (this.revocations.isKeyRevoked(kid) || this.revocations.isRevoked(principal)) throw invalidToken('revoked');
  }
}
