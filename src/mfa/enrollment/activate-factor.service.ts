import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type Caller, isMfaTokenHolder } from '../../access/principal';
import { type AuditEvent, AuditLog } from '../../platform/audit/audit-log';
import { Clock } from '../../platform/clock/clock';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import { invalidToken } from '../../tokens/access-tokens/bearer-token';
import { RevocationPoller } from '../../tokens/revocation/revocation-poller';
import { Accounts } from '../../users/accounts/accounts.store';
import { toFactor } from '../factors/dto/factor.dto';
import type { FactorRecord } from '../factors/factor';
import { FactorAttempts } from '../factors/factor-attempts';
import { FactorRegistry } from '../factors/factor-registry';
import { FactorStore } from '../factors/factor.store';
import type { FactorResponse } from '../factors/mfa-factor';
import { RecordSecondFactorService } from '../sign-in/record-second-factor.service';
import type { ActivatedFactorDto } from './dto/enrollment.dto';
import { assertMayEnroll } from './enrollment-rules';
import { FirstFactorService } from './first-factor.service';

type Outcome = { readonly activated: ActivatedFactorDto } | { readonly refusal: DomainError };

@Injectable()
export class ActivateFactorService {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly factors: FactorStore,
    private readonly registry: FactorRegistry,
    private readonly attempts: FactorAttempts,
    private readonly firstFactor: FirstFactorService,
    private readonly secondFactor: RecordSecondFactorService,
    private readonly revocations: RevocationPoller,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Proves a pending factor with its first response. Only the session that began it may.
   *
   * @throws DomainError `not_found`, `invalid_code`, `too_many_attempts`, `token_invalid`, or the step-up that is missing
   */
  async activate(caller: Caller, factorId: string, response: FactorResponse): Promise<ActivatedFactorDto> {
    // A wrong code's count stays: that refusal is returned, and thrown after the commit.
    const outcome = await this.transactions.run((tx) => this.prove(tx, caller, factorId, response));
    if ('refusal' in outcome) throw outcome.refusal;
    await this.revocations.catchUp();
    return outcome.activated;
  }

  private async prove(tx: EntityManager, caller: Caller, factorId: string, response: FactorResponse): Promise<Outcome> {
    // Locked: nobody else activates or drops a factor of the account meanwhile.
    const account = await this.accounts.lock(tx, caller.userId);
    if (account === undefined) throw noSuchPendingFactor();
    assertMayEnroll(caller, account.isEnrolled, this.clock.nowInSeconds());
    const factor = await this.factors.findPending(tx, caller.sessionId, factorId);
    const plugin = factor && this.registry.find(factor.type);
    if (factor?.userId !== caller.userId || plugin === undefined) throw noSuchPendingFactor();
    const attempt = await this.attempts.attempt(tx, factor, () => plugin.activate(tx, factor, response));
    if (attempt.verdict === 'gone') throw noSuchPendingFactor();
    if (attempt.verdict !== 'right') await this.record(tx, caller, factor, 'failure');
    if (attempt.verdict === 'locked') return { refusal: attempt.error };
    if (attempt.verdict === 'wrong') {
      const detail = 'The code is wrong, too old, or was used before: a code works once.';
      return { refusal: new DomainError('invalid_code', { detail, attemptsRemaining: attempt.attemptsRemaining }) };
    }

    // Whatever is thrown from here on undoes the whole activation.
    const recoveryCodes = await this.firstFactor.claim(tx, caller, factor);
    const activated = await this.factors.activate(tx, factor.id, { preferred: recoveryCodes !== undefined });
    if (!activated) throw noSuchPendingFactor();
    const round = isMfaTokenHolder(caller) ? caller.round : undefined;
    const proof = { round, isFurther: recoveryCodes === undefined };
    const auth = await this.secondFactor.record(tx, caller.sessionId, factor, plugin, proof);
    if (auth === undefined) throw invalidToken('the session or its round is over, or a second factor is demanded');
    await this.record(tx, caller, factor, 'success');
    const now = {
      ...factor,
      status: 'active' as const,
      preferred: recoveryCodes !== undefined,
      lastUsedAt: this.clock.now(),
    };
    return {
      activated: {
        factor: toFactor(now, plugin),
        ...(recoveryCodes && recoveryCodes.length > 0 && { recoveryCodes }),
        auth,
      },
    };
  }

  private async record(
    tx: EntityManager,
    caller: Caller,
    { id, type }: FactorRecord,
    outcome: AuditEvent['outcome'],
  ): Promise<void> {
    await this.audit.record(tx, {
      type: 'mfa.factor_activated',
      outcome,
      actorId: caller.userId,
      sessionId: caller.sessionId,
      details: { factorId: id, factorType: type },
    });
  }
}

function noSuchPendingFactor(): DomainError {
  const detail = 'No such pending factor in this session: it was proven, or lapsed after 15 minutes.';
  return new DomainError('not_found', { detail });
}
