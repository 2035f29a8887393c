import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import type { ClientInfo } from '../../platform/http/client-info';
import type { AuthResult } from '../../mfa/sign-in/dto/auth-result.dto';
import type { SignInDecision } from '../../mfa/sign-in/decide-sign-in';
import type { SignInEvaluation } from '../../mfa/sign-in/sign-in-evaluation';
import { SignIn } from '../../mfa/sign-in/sign-in.service';
import type { PresentedRefreshToken } from '../../tokens/refresh-tokens/refresh-token-codec';
import type { Session } from '../../tokens/sessions/session';
import { SessionEndings } from '../../tokens/sessions/session-endings.store';
import { SessionStore } from '../../tokens/sessions/session.store';
import { Accounts, fromSignInRow } from '../../users/accounts/accounts.store';
import { RefreshRisk } from '../risk/refresh-risk.service';
import { RefreshAudit, type RefreshOutcome, type RefreshRefusal } from './refresh-audit';
import type { ShownRefreshToken } from './shown-refresh-token';

type Authenticated = Extract<SignInDecision, { status: 'authenticated' }>;

/** A genuine refresh token, and the way it came. */
export type GenuineRefreshToken = PresentedRefreshToken & Pick<ShownRefreshToken, 'transport'>;

/** `again`: another request was quicker; look anew. */
export type RefreshAttempt =
  { readonly outcome: RefreshOutcome; readonly result: AuthResult } | { readonly refusal: RefreshRefusal } | 'again';

/** One try at continuing a session by a genuine refresh token. */
@Injectable()
export class ContinueSessionService {
  constructor(
    private readonly sessions: SessionStore,
    private readonly endings: SessionEndings,
    private readonly signIn: SignIn,
    private readonly accounts: Accounts,
    private readonly audit: RefreshAudit,
    private readonly risk: RefreshRisk,
    private readonly clock: Clock,
  ) {}

  /**
   * The common case: the current token of a session that needs nothing. One read, and one conditional statement
   * with which all that was read stands or falls; a transaction would only add to them.
   *
   * @returns undefined where there is more to it, and nothing was written
   */
  async atOnce(
    db: EntityManager,
    presented: GenuineRefreshToken,
    client: ClientInfo,
  ): Promise<Exclude<RefreshAttempt, 'again'> | undefined> {
    const select = this.accounts.selectForSignIn(db, 'session.user_id');
    const found = await this.sessions.findWith(db, presented.sessionId, select);
    if (found === undefined) return undefined;
    const { session, row } = found;
    const now = this.clock.now();
    if (!session.isLiveAt(now) || session.isPending || presented.transport !== session.transport) return undefined;
    if (this.sessions.standingOf(session, presented.counter) !== 'current') return undefined;
    if (this.risk.isSuspected(session, client)) return undefined;
    const account = fromSignInRow(session.userId, row);
    const evaluation = await this.signIn.evaluateFor(db, account, session, 'refresh');
    if (evaluation.decision.status !== 'authenticated') return undefined;
    const attempt = await this.rotate(db, session, evaluation, evaluation.decision, client);
    return attempt === 'again' ? undefined : attempt;
  }

  async continue(tx: EntityManager, presented: GenuineRefreshToken, client: ClientInfo): Promise<RefreshAttempt> {
    const session = await this.sessions.find(tx, presented.sessionId);
    if (session === undefined) return { refusal: 'expired' };
    const now = this.clock.now();
    if (session.isRevoked) return this.refuse(tx, session, client, 'revoked');
    if (!session.isLiveAt(now)) return this.refuse(tx, session, client, 'expired');
    if (presented.transport !== session.transport) return this.refuse(tx, session, client, 'transport');
    const standing = this.sessions.standingOf(session, presented.counter);
    if (standing === 'superseded') return this.refuse(tx, session, client, standing);
    if (standing === 'reused') {
      await this.endings.end(tx, session.id, 'reuse');
      return this.refuse(tx, session, client, standing);
    }
    return this.assess(tx, session, standing, client);
  }

  /** The sign-in policy decides; a risk that asks for a second factor is to it as if that was demanded before. */
  private async assess(
    tx: EntityManager,
    session: Session,
    standing: 'current' | 'previous',
    client: ClientInfo,
  ): Promise<RefreshAttempt> {
    const risk = await this.risk.assess(tx, session, client);
    const asksFactor = risk.outcome === 'step_up' && risk.reason !== null;
    const assessed = asksFactor ? session.demanding(risk.reason) : session;
    const evaluation = await this.signIn.evaluate(tx, assessed, 'refresh');
    if (evaluation === undefined || evaluation.decision.status === 'refused' || risk.outcome === 'end') {
      const isRisk = risk.outcome !== 'allow' && evaluation?.account.status === 'active';
      // Nobody without a factor could answer the demand: the session ends.
      if (isRisk) await this.risk.record(tx, session, client, { ...risk, outcome: 'end' });
      await this.endings.end(tx, session.id, isRisk ? 'risk' : 'account_refused');
      return this.refuse(tx, session, client, isRisk ? 'risk' : 'account');
    }
    const attempt = await this.issue(tx, assessed, evaluation, standing, client);
    if (attempt !== 'again') await this.risk.record(tx, session, client, risk);
    return attempt;
  }

  private async issue(
    tx: EntityManager,
    session: Session,
    evaluation: SignInEvaluation,
    standing: 'current' | 'previous',
    client: ClientInfo,
  ): Promise<RefreshAttempt> {
    const { decision } = evaluation;
    if (decision.status === 'refused') throw new Error('A refused refresh has no tokens');
    if (decision.status !== 'authenticated') {
      if (decision.status === 'mfa_required' && decision.reason !== 'login') {
        if (!(await this.sessions.demandStepUp(tx, session, decision.reason))) return 'again';
      }
      return { outcome: decision.status, result: await this.signIn.mint(tx, session, evaluation) };
    }
    if (standing === 'current') return this.rotate(tx, session, evaluation, decision, client);
    // Within the grace: the current token again.
    await this.audit.repeated(tx, session, client, decision.assurance.acr);
    return { outcome: 'repeated', result: await this.signIn.mint(tx, session, evaluation) };
  }

  private async rotate(
    tx: EntityManager,
    session: Session,
    evaluation: SignInEvaluation,
    decision: Authenticated,
    client: ClientInfo,
  ): Promise<RefreshAttempt> {
    const rotated = this.sessions.rotated(session, decision, client);
    // Before the counter moves: who gets no token, since a claim is not to be had, has used nothing up.
    const result = await this.signIn.mint(tx, rotated, evaluation);
    const event = this.audit.refreshed(session, client, decision.assurance.acr, 'current');
    return (await this.sessions.rotate(tx, session, rotated, event)) ? { outcome: 'rotated', result } : 'again';
  }

  private async refuse(
    tx: EntityManager,
    session: Session,
    client: ClientInfo,
    refusal: RefreshRefusal,
  ): Promise<RefreshAttempt> {
    await this.audit.refused(tx, session, client, refusal);
    return { refusal };
  }
}
