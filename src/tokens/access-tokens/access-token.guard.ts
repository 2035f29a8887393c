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
import { type AccessTokenRefusal, AccessTokenMetrics } from './access-token-metrics';
import { readJwsClaims, readJwsFrame } from './compact-jws';
import { type TokenDigest, VerifiedTokenCache } from './verified-token-cache';

/** By what jsonwebtoken, and our strategy before it, say of a token. */
const REFUSALS: Readonly<Record<string, AccessTokenRefusal>> = {
  'invalid signature': 'signature',
  'not an access token': 'wrong_type',
  'unknown key or another algorithm': 'unknown_key',
};

interface GuardedRequest {
  readonly headers: { readonly authorization?: string };
  /** The request as Node has it; missing where somebody asks for a token that came otherwise. */
  readonly raw?: { readonly socket: object };
  user?: Caller;
}

/**
 * Closes every route but those whose method says `@Public()`. A token seen before is answered from memory, at once and without
 * a promise; every other is verified by the passport-jwt strategy.
 */
@Injectable()
export class AccessTokenGuard extends AuthGuard(ACCESS_TOKEN_STRATEGY) {
  /** Handlers by whether they are open: decorators do not change once the service runs. */
  private readonly known = new WeakMap<object, boolean>();

  constructor(
    private readonly cache: VerifiedTokenCache,
    private readonly ring: SigningKeyRing,
    private readonly revocations: RevocationSet,
    private readonly mfaTokens: MfaTokens,
    private readonly clock: Clock,
    private readonly metrics: AccessTokenMetrics,
  ) {
    super();
  }

  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (this.isOpen(context.getHandler())) return true;
    // Not switchToHttp(), which makes three functions a call.
    const request = context.getArgByIndex<GuardedRequest>(0);
    const { authorization = '' } = request.headers;
    const connection = request.raw?.socket;
    let known = connection && this.cache.findLatest(connection, authorization);
    if (known === undefined) {
      const digest = this.cache.keyOf(authorization);
      known = this.cache.find(digest);
      if (known === undefined) return this.verify(context, request, digest);
      if (connection !== undefined) this.cache.rememberLatest(connection, authorization, known);
    }
    this.demandCurrentRevocations();
    if (this.clock.nowInSeconds() >= known.principal.expiresAt) throw this.refuse('expired', 'expired');
    if (this.ring.find(known.kid) === undefined) throw this.refuse('revoked_key', 'key is gone or revoked');
    if (this.revocations.isRevoked(known.principal)) throw this.refuse('revoked', 'revoked');
    request.user = known.principal;
    return true;
  }

  override handleRequest<User>(error: unknown, user: User, info: unknown, context: ExecutionContext): User {
    if (error instanceof Error) throw error;
    if (!user) throw this.notVerified(info, context);
    return user;
  }

  private async verify(context: ExecutionContext, request: GuardedRequest, digest: TokenDigest): Promise<boolean> {
    const token = bearerToken(request.headers.authorization);
    this.demandCurrentRevocations();
    const header = readJwsFrame(token)?.header;
    if (header === undefined) throw this.refuse('malformed', 'not a compact JWS');
    if (!this.ring.knows(header.kid)) await this.ring.learn(header.kid);
    if (this.revocations.isKeyRevoked(header.kid)) throw this.refuse('revoked_key', 'key is revoked');
    if (header.typ === MFA_TOKEN_TYPE) {
      if (!ACCEPTS_MFA_TOKEN.get(context.getHandler()))
        throw this.refuse('wrong_type', 'an MFA token where an access token belongs');
      request.user = await this.mfaTokens.verify(token);
      return true;
    }
    await super.canActivate(context);
    const principal = request.user as Principal;
    if (this.revocations.isKeyRevoked(header.kid) || this.revocations.isRevoked(principal))
      throw this.refuse('revoked', 'revoked');
    this.metrics.firstSeen(this.clock.nowInSeconds() - principal.issuedAt);
    this.cache.remember(digest, { kid: header.kid, principal });
    return true;
  }

  /** Counted apart from the answer, which tells the caller less. */
  private refuse(refusal: AccessTokenRefusal, reason: string): DomainError {
    this.metrics.refused(refusal);
    return invalidToken(reason);
  }

  /** What passport-jwt says of a token, or nothing where its signature was good and our strategy refused the claims. */
  private notVerified(info: unknown, context: ExecutionContext): DomainError {
    if (!(info instanceof Error)) {
      const token = bearerToken(context.getArgByIndex<GuardedRequest>(0).headers.authorization);
      const { exp } = readJwsClaims(token) ?? {};
      const isOver = typeof exp === 'number' && exp <= this.clock.nowInSeconds();
      return this.refuse(isOver ? 'expired' : 'claims', 'claims are not acceptable');
    }
    return this.refuse(REFUSALS[info.message] ?? 'other', info.message);
  }

  private demandCurrentRevocations(): void {
    if (this.revocations.isCurrent) return;
    throw new DomainError('unavailable', { reason: 'revocations have not been read for too long' });
  }

  private isOpen(handler: object): boolean {
    const known = this.known.get(handler);
    if (known !== undefined) return known;
    const isOpen = PUBLIC.get(handler) === true;
    this.known.set(handler, isOpen);
    return isOpen;
  }
}
