import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { MfaSettings } from '../../platform/config/settings/mfa.settings';
import { Clock } from '../../platform/clock/clock';
import type { Session } from '../../tokens/sessions/session';
import type { SignInAccount } from '../../users/accounts/account';
import { Accounts } from '../../users/accounts/accounts.store';
import { UsableFactors } from '../factors/usable-factors';
import type { SessionAssurance } from './assess-session';
import type { Entry } from './decide-sign-in';
import type { AuthResult } from './dto/auth-result.dto';
import { assuranceOf, evaluateSession } from './evaluate-session';
import type { SignInEvaluation } from './sign-in-evaluation';
import { SignInMetrics } from './sign-in-metrics';
import { SignInTokens } from './sign-in-tokens';

/** Every way to a token ends here: password, passkey, second factor, refresh, reauthentication. */
@Injectable()
export class SignIn {
  constructor(
    private readonly accounts: Accounts,
    private readonly factors: UsableFactors,
    private readonly tokens: SignInTokens,
    private readonly metrics: SignInMetrics,
    private readonly settings: MfaSettings,
    private readonly clock: Clock,
  ) {}

  /**
   * Decides what the session gets, and gives it.
   *
   * @returns undefined when the account may not sign in at all
   */
  async issue(tx: EntityManager, session: Session, entry: Entry): Promise<AuthResult | undefined> {
    const evaluation = await this.evaluate(tx, session, entry);
    if (evaluation === undefined || evaluation.decision.status === 'refused') return undefined;
    await this.noteIndependence(tx, evaluation);
    return this.mint(tx, session, evaluation);
  }

  /** Decides only; gives nothing and changes no row. A refusal is counted. @returns undefined when the account is gone */
  async evaluate(tx: EntityManager, session: Session, entry: Entry): Promise<SignInEvaluation | undefined> {
    const account = await this.accounts.findForSignIn(tx, session.userId);
    return account && this.evaluateFor(tx, account, session, entry);
  }

  /** The same for an account that was just read. */
  async evaluateFor(
    tx: EntityManager,
    account: SignInAccount,
    session: Session,
    entry: Entry,
  ): Promise<SignInEvaluation> {
    const decision = evaluateSession(entry, account, session, this.settings, this.clock.nowInSeconds());
    if (decision.status === 'refused') this.metrics.decided(tx, entry, decision);
    const needsFactors = decision.status === 'mfa_required';
    return { entry, decision, account, factors: needsFactors ? await this.factors.of(tx, account) : [] };
  }

  /** Makes the tokens that were decided on. */
  async mint(tx: EntityManager, session: Session, evaluation: SignInEvaluation): Promise<AuthResult> {
    const result = await this.tokens.mint(tx, session, evaluation);
    const accessToken = 'accessToken' in result ? result.accessToken : undefined;
    this.metrics.decided(tx, evaluation.entry, evaluation.decision, accessToken);
    return result;
  }

  /** Whoever shows a second factor after a reset by e-mail has shown another than that mailbox, which would not have passed. */
  private async noteIndependence(tx: EntityManager, { account, decision }: SignInEvaluation): Promise<void> {
    if (account.recoveredMailbox === null || decision.status !== 'authenticated') return;
    if (decision.assurance.mfaTime !== null) await this.accounts.clearRecoveredMailbox(tx, account.id);
  }

  /** What the session's next token would say: what a refresh would find, and nothing of a factor that is asked for anew. */
  assuranceOf(session: Session): SessionAssurance {
    return assuranceOf(session, this.settings, this.clock.nowInSeconds());
  }
}
