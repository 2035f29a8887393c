import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Principal } from '../../access/principal';
import { Clock } from '../../platform/clock/clock';
import { TokenSettings } from '../../platform/config/settings/token.settings';
import { MfaTokens } from '../../tokens/mfa-tokens/mfa-tokens';
import { refreshCookie } from '../../tokens/refresh-tokens/refresh-cookie';
import { RefreshTokenCodec } from '../../tokens/refresh-tokens/refresh-token-codec';
import type { Session } from '../../tokens/sessions/session';
import { CompleteSignInService } from './complete-sign-in.service';
import type { AuthenticatedDto, AuthResult, SessionSummaryDto } from './dto/auth-result.dto';
import { carryRefreshCookie } from './refresh-cookie-carrier';
import { SessionAccessToken } from './session-access-token';
import type { SignInEvaluation } from './sign-in-evaluation';

/** The tokens of a sign-in that was decided on. Only `SignIn` asks for them. */
@Injectable()
export class SignInTokens {
  constructor(
    private readonly completion: CompleteSignInService,
    private readonly accessTokens: SessionAccessToken,
    private readonly mfaTokens: MfaTokens,
    private readonly refreshTokens: RefreshTokenCodec,
    private readonly settings: TokenSettings,
    private readonly clock: Clock,
  ) {}

  /** Makes the tokens that were decided on. */
  async mint(
    tx: EntityManager,
    session: Session,
    { decision, account, factors }: SignInEvaluation,
  ): Promise<AuthResult> {
    switch (decision.status) {
      case 'refused':
        throw new Error('A refused sign-in has no tokens');
      case 'mfa_required':
      case 'mfa_enrollment_required': {
        const purpose = decision.status === 'mfa_required' ? 'verify' : 'enroll';
        const mfaToken = this.mfaTokens.mint(session, account.username, purpose);
        const expiresIn = this.settings.mfaTokenTtl;
        return { status: decision.status, mfaToken, expiresIn, reason: decision.reason, factors };
      }
      case 'authenticated': {
        const deviceToken = await this.completion.complete(tx, session, account);
        const { accessToken, principal } = await this.accessTokens.mint(tx, session, account, decision.assurance);
        const refreshToken = this.refreshTokens.encode({ sessionId: session.id, counter: session.counter });
        const refreshExpiresIn = session.secondsLeftAt(this.clock.now());
        const result: AuthenticatedDto = {
          status: 'authenticated',
          tokenType: 'Bearer',
          accessToken,
          expiresIn: principal.expiresAt - principal.issuedAt,
          ...(session.transport === 'body' && { refreshToken }),
          refreshExpiresIn,
          session: summaryOf(principal),
          ...(deviceToken !== undefined && { deviceToken }),
        };
        if (session.transport === 'body') return result;
        return carryRefreshCookie(result, refreshCookie(refreshToken, refreshExpiresIn));
      }
    }
  }
}

function summaryOf({ sessionId, acr, amr, authTime, mfaTime }: Principal): SessionSummaryDto {
  return {
    id: sessionId,
    acr,
    amr: [...amr],
    authTime: new Date(authTime * 1000),
    mfaTime: mfaTime === null ? null : new Date(mfaTime * 1000),
  };
}
