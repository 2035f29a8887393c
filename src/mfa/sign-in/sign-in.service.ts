import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { MfaSettings } from '../../platform/config/settings/mfa.settings';
import { Clock } from '../../platform/clock/clock';
import type { Session } from '../../tokens/sessions/session';
import { Accounts } from '../../users/accounts/accounts.store';
import { toUsableFactor, type UsableFactorDto } from '../factors/dto/factor.dto';
import { FactorRegistry } from '../factors/factor-registry';
import { FactorStore } from '../factors/factor.store';
import type { SessionAssurance } from './assess-session';
import type { Entry } from './decide-sign-in';
import type { AuthResult } from './dto/auth-result.dto';
import { assuranceOf, evaluateSession } from './evaluate-session';
import type { SignInEvaluation } from './sign-in-evaluation';
import { SignInTokens } from './sign-in-tokens';

/** Every way to a token ends here: password, second factor, refresh, reauthentication. */
@Injectable()
export class SignIn {
  constructor(
    private readonly accounts: Accounts,
    private readonly factors: FactorStore,
    private readonly registry: FactorRegistry,
    private readonly tokens: SignInTokens,
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
    return this.mint(tx, session, evaluation);
  }

  /** Decides only; writes nothing. @returns undefined when the account is gone */
  async evaluate(tx: EntityManager, session: Session, entry: Entry): Promise<SignInEvaluation | undefined> {
    const account = await this.accounts.findForSignIn(tx, session.userId);
    if (account === undefined) return undefined;
    const decision = evaluateSession(entry, account, session, this.settings, this.clock.nowInSeconds());
    const needsFactors = decision.status === 'mfa_required';
    return { decision, account, factors: needsFactors ? await this.usableFactors(tx, account.id) : [] };
  }

  /** Makes the tokens that were decided on. */
  async mint(tx: EntityManager, session: Session, evaluation: SignInEvaluation): Promise<AuthResult> {
    return this.tokens.mint(tx, session, evaluation);
  }

  /** What the session's next token would say: what a refresh would find, and nothing of a factor that is asked for anew. */
  assuranceOf(session: Session): SessionAssurance {
    return assuranceOf(session, this.settings, this.clock.nowInSeconds());
  }

  private async usableFactors(tx: EntityManager, userId: string): Promise<UsableFactorDto[]> {
    const active = await this.factors.listActive(tx, userId);
    const now = this.clock.now();
    return active.flatMap((factor) => {
      const isLocked = factor.lockedUntil !== null && factor.lockedUntil > now;
      const plugin = isLocked ? undefined : this.registry.find(factor.type);
      return plugin ? [toUsableFactor(factor, plugin)] : [];
    });
  }
}
