import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type AuditEvent, AuditLog } from '../../platform/audit/audit-log';
import { Clock } from '../../platform/clock/clock';
import { TokenSettings } from '../../platform/config/settings/token.settings';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import type { AuthResult } from '../../mfa/sign-in/dto/auth-result.dto';
import type { SignInEvaluation } from '../../mfa/sign-in/sign-in-evaluation';
import { SignIn } from '../../mfa/sign-in/sign-in.service';
import { classifyRefreshToken } from '../../tokens/refresh-tokens/classify-refresh-token';
import { type PresentedRefreshToken, RefreshTokenCodec } from '../../tokens/refresh-tokens/refresh-token-codec';
import { RevocationPoller } from '../../tokens/revocation/revocation-poller';
import type { Session } from '../../tokens/sessions/session';
import { SessionStore } from '../../tokens/sessions/session.store';
import type { ShownRefreshToken } from './shown-refresh-token';

/** Why a refresh token was refused. For the log only: the client reads one answer. */
export type RefreshRefusal = 'forged' | 'transport' | 'expired' | 'revoked' | 'reused' | 'superseded' | 'account';

type Presented = PresentedRefreshToken & Pick<ShownRefreshToken, 'transport'>;

type Outcome = { readonly result: AuthResult } | { readonly refusal: RefreshRefusal } | 'again';

/** How often a refresh looks again after another one was quicker. Each round, one of those who race gets through. */
const MAX_ROUNDS = 5;

@Injectable()
export class RefreshService {
  constructor(
    private readonly transactions: Transactions,
    private readonly refreshTokens: RefreshTokenCodec,
    private readonly sessions: SessionStore,
    private readonly signIn: SignIn,
    private readonly revocations: RevocationPoller,
    private readonly audit: AuditLog,
    private readonly settings: TokenSettings,
    private readonly clock: Clock,
  ) {}

  /**
   * New tokens for a refresh token. One that ends in `mfa_required` uses nothing up.
   *
   * @throws DomainError `invalid_refresh_token`
   */
  async refresh({ token, transport }: ShownRefreshToken, client: ClientInfo): Promise<AuthResult> {
    const decoded = this.refreshTokens.decode(token);
    if (decoded === undefined) throw refused('forged');
    const presented = { ...decoded, transport };
    for (let round = 0; round < MAX_ROUNDS; round++) {
      // The end of a session after reuse stays: a refusal is returned, and thrown after the commit.
      const outcome = await this.transactions.run((tx) => this.attempt(tx, presented, client));
      if (outcome === 'again') continue;
      if ('result' in outcome) return outcome.result;
      if (outcome.refusal === 'reused' || outcome.refusal === 'account') await this.revocations.catchUp();
      throw refused(outcome.refusal);
    }
    throw new DomainError('service_busy', { detail: 'Too many refreshes of one session at once.', retryAfter: 1 });
  }

  private async attempt(tx: EntityManager, presented: Presented, client: ClientInfo): Promise<Outcome> {
    const session = await this.sessions.find(tx, presented.sessionId);
    if (session === undefined) return { refusal: 'expired' };
    const now = this.clock.now();
    if (session.isRevoked) return this.refuse(tx, session, client, 'revoked');
    if (!session.isLiveAt(now)) return this.refuse(tx, session, client, 'expired');
    if (presented.transport !== session.transport) return this.refuse(tx, session, client, 'transport');
    const standing = classifyRefreshToken(presented.counter, session, now, this.settings.refreshGrace);
    if (standing === 'superseded') return this.refuse(tx, session, client, standing);
    if (standing === 'reused') {
      await this.sessions.end(tx, session.id, 'reuse');
      return this.refuse(tx, session, client, standing);
    }
    const evaluation = await this.signIn.evaluate(tx, session, 'refresh');
    if (evaluation === undefined || evaluation.decision.status === 'refused') {
      await this.sessions.end(tx, session.id, 'account_refused');
      return this.refuse(tx, session, client, 'account');
    }
    return this.continue(tx, session, evaluation, standing, client);
  }

  private async continue(
    tx: EntityManager,
    session: Session,
    evaluation: SignInEvaluation,
    standing: 'current' | 'previous',
    client: ClientInfo,
  ): Promise<Outcome> {
    const { decision } = evaluation;
    if (decision.status !== 'authenticated') {
      if (decision.status === 'mfa_required' && decision.reason !== 'login') {
        if (!(await this.sessions.demandStepUp(tx, session, decision.reason))) return 'again';
      }
      return { result: await this.signIn.mint(tx, session, evaluation) };
    }
    const event = refreshed(session, client, decision.assurance.acr, standing);
    if (standing === 'current') {
      const next = await this.sessions.rotate(tx, session, { lapse: decision.lapse, event });
      return next === undefined ? 'again' : { result: await this.signIn.mint(tx, next, evaluation) };
    }
    // The one before, within the grace: the current token again.
    await this.audit.record(tx, event);
    return { result: await this.signIn.mint(tx, session, evaluation) };
  }

  private async refuse(
    tx: EntityManager,
    session: Session,
    client: ClientInfo,
    refusal: RefreshRefusal,
  ): Promise<Outcome> {
    await this.audit.record(tx, {
      type: 'session.refreshed',
      outcome: 'failure',
      subjectId: session.userId,
      sessionId: session.id,
      ip: client.ip,
      details: { cause: refusal },
    });
    return { refusal };
  }
}

function refreshed(session: Session, client: ClientInfo, acr: string, standing: 'current' | 'previous'): AuditEvent {
  return {
    type: 'session.refreshed',
    outcome: 'success',
    actorId: session.userId,
    sessionId: session.id,
    ip: client.ip,
    details: { acr, standing },
  };
}

/** One answer for every reason. */
function refused(refusal: RefreshRefusal): DomainError {
  return new DomainError('invalid_refresh_token', { detail: 'Sign in again.', reason: `refresh token ${refusal}` });
}
