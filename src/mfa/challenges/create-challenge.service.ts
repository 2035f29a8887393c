import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../access/principal';
import { newId } from '../../platform/crypto/new-id';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import { type Counter, Metrics } from '../../platform/metrics/metrics';
import type { ClientInfo } from '../../platform/http/client-info';
import { Accounts } from '../../users/accounts/accounts.store';
import type { FactorRecord } from '../factors/factor';
import { FactorAttempts } from '../factors/factor-attempts';
import { FactorStore } from '../factors/factor.store';
import type { ChallengeOffer, Delivery } from '../factors/mfa-factor';
import { UsableFactors } from '../factors/usable-factors';
import { assertMayVerify } from './assert-may-verify';
import { ChallengeStore } from './challenge.store';
import type { ChallengeDto } from './dto/challenge.dto';

@Injectable()
export class CreateChallengeService {
  private readonly begun: Counter<{ type: string; outcome: 'begun' | 'undelivered' }>;

  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly factors: FactorStore,
    private readonly usable: UsableFactors,
    private readonly attempts: FactorAttempts,
    private readonly challenges: ChallengeStore,
    metrics: Metrics,
  ) {
    this.begun = metrics.counter({
      name: 'countersign_challenges_total',
      help: 'Challenges begun, by the type of the factor, and whether what goes with them left.',
      labels: ['type', 'outcome'],
    });
  }

  /**
   * Begins a challenge of one of the caller's active factors, for this session only. Returns once what goes with it, a
   * message say, is on its way.
   *
   * @throws DomainError `not_found`, `mfa_enrollment_required`, `too_many_attempts`, `rate_limited`, `forbidden`,
   *   `delivery_failed`
   */
  async create(caller: Caller, factorId: string | undefined, client: ClientInfo): Promise<ChallengeDto> {
    assertMayVerify(caller);
    const challengeId = newId();
    const { challenge, delivery } = await this.transactions.run(async (tx) => {
      // Of two begun at once, one ends the other. First of all locks: those of what is sent are shared by all accounts.
      await this.accounts.lock(tx, caller.userId);
      const factor = await this.choose(tx, caller.userId, factorId);
      const plugin = await this.usable.pluginOf(tx, factor);
      this.attempts.assertUnlocked(factor);
      const offer = await plugin.challenge(tx, factor, { challengeId, sessionId: caller.sessionId, client });
      const begun = await this.challenges.create(tx, {
        id: challengeId,
        sessionId: caller.sessionId,
        factorId: factor.id,
        state: offer.state,
        voidsEarlier: offer.voidsEarlier ?? false,
        expiresAt: offer.expiresAt,
      });
      return { challenge: { ...begun, type: factor.type, ...shownOf(offer) }, delivery: offer.delivery };
    });
    await this.deliver(delivery, challengeId, challenge.type);
    this.begun.add({ type: challenge.type, outcome: 'begun' });
    return challenge;
  }

  /** The factor that is named, else the first that may be tried now; where none may, one whose refusal says why. */
  private async choose(tx: EntityManager, userId: string, factorId: string | undefined): Promise<FactorRecord> {
    const active = await this.factors.listActive(tx, userId);
    if (active.length === 0) {
      throw new DomainError('mfa_enrollment_required', { detail: 'The account has no second factor to challenge.' });
    }
    const factor =
      factorId === undefined
        ? (this.attempts.firstUnlocked(await this.usable.counting(tx, userId, active)) ?? active[0])
        : active.find(({ id }) => id === factorId);
    if (factor === undefined) throw new DomainError('not_found', { detail: 'No such factor.' });
    return factor;
  }

  /** Outside the transaction: a slow provider holds no connection. What did not leave can be answered by nobody. */
  private async deliver(delivery: Delivery | undefined, challengeId: string, type: string): Promise<void> {
    try {
      await delivery?.deliver();
    } catch (error) {
      this.begun.add({ type, outcome: 'undelivered' });
      await this.transactions.run((tx) => this.challenges.drop(tx, challengeId));
      throw error;
    }
  }
}

/** What of an offer the person sees. */
function shownOf({ sentTo, publicKey, data }: ChallengeOffer): Pick<ChallengeDto, 'sentTo' | 'publicKey' | 'data'> {
  return {
    ...(sentTo !== undefined && { sentTo }),
    ...(publicKey && { publicKey }),
    ...(data && { data }),
  };
}
