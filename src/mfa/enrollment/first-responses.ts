import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DomainError } from '../../platform/errors/domain-error';
import { ChallengeStore } from '../challenges/challenge.store';
import { wrongResponse } from '../challenges/wrong-response';
import type { FactorRecord } from '../factors/factor';
import { FactorAttempts } from '../factors/factor-attempts';
import { FactorStore } from '../factors/factor.store';
import type { FactorResponse, MfaFactor } from '../factors/mfa-factor';
import { UsableFactors } from '../factors/usable-factors';
import { type ActingClient, FactorEvents } from './factor-events';

/** A pending factor whose first response was right. */
export interface ProvenFactor {
  readonly factor: FactorRecord;
  readonly plugin: MfaFactor;
  /** The values of `amr` that the response showed. */
  readonly amr: readonly string[];
}

/** First responses: each must prove that somebody has taken a factor up. */
@Injectable()
export class FirstResponses {
  constructor(
    private readonly factors: FactorStore,
    private readonly usable: UsableFactors,
    private readonly attempts: FactorAttempts,
    private readonly challenges: ChallengeStore,
    private readonly events: FactorEvents,
  ) {}

  /**
   * Counts and checks one. Only the session that began the factor may give it.
   *
   * @param tx holds the account's lock
   * @returns the refusal of a wrong one, whose count must stay: throw it after the commit
   * @throws DomainError `not_found`, `forbidden`, `challenge_expired`
   */
  async check(
    tx: EntityManager,
    by: ActingClient,
    factorId: string,
    response: FactorResponse,
  ): Promise<{ readonly proven: ProvenFactor } | { readonly refusal: DomainError }> {
    const { caller, client } = by;
    const factor = await this.factors.findPending(tx, caller.sessionId, factorId);
    if (factor?.userId !== caller.userId) throw noSuchPendingFactor();
    // Once more: it may have been begun before the password was reset.
    const plugin = await this.usable.pluginOf(tx, factor);
    const challenge = await this.challenges.countAttemptOf(tx, caller.sessionId, factor.id);
    const attempt = await this.attempts.attempt(tx, { factor, plugin, ip: client.ip }, () =>
      plugin.activate(tx, factor, response, challenge?.state ?? null),
    );
    if (attempt.verdict === 'right') return { proven: { factor, plugin, amr: attempt.amr ?? plugin.amr } };
    if (attempt.verdict === 'gone') throw noSuchPendingFactor();
    if (attempt.verdict === 'pending') throw new Error(`A first response of ${factor.type} is right or wrong`);
    // Nothing was looked at.
    if (attempt.verdict === 'locked' && challenge) await this.challenges.uncountAttempt(tx, challenge.id);
    await this.events.notActivated(tx, by, factor, attempt.verdict);
    return { refusal: attempt.verdict === 'wrong' ? wrongResponse(response, attempt, challenge) : attempt.error };
  }
}

export function noSuchPendingFactor(): DomainError {
  const detail = 'No such pending factor in this session: it was proven, or lapsed after 15 minutes.';
  return new DomainError('not_found', { detail });
}
