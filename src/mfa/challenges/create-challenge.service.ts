import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/principal';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import { FactorAttempts } from '../factors/factor-attempts';
import { FactorRegistry } from '../factors/factor-registry';
import { FactorStore } from '../factors/factor.store';
import { assertMayVerify } from './assert-may-verify';
import { ChallengeStore } from './challenge.store';
import type { ChallengeDto } from './dto/challenge.dto';

@Injectable()
export class CreateChallengeService {
  constructor(
    private readonly transactions: Transactions,
    private readonly factors: FactorStore,
    private readonly registry: FactorRegistry,
    private readonly attempts: FactorAttempts,
    private readonly challenges: ChallengeStore,
  ) {}

  /**
   * Begins a challenge of one of the caller's active factors, for this session only.
   *
   * @throws DomainError `not_found`, `mfa_enrollment_required`, `too_many_attempts`, `forbidden`
   */
  async create(caller: Caller, factorId: string | undefined): Promise<ChallengeDto> {
    assertMayVerify(caller);
    return this.transactions.run(async (tx) => {
      const usable = (await this.factors.listActive(tx, caller.userId)).filter(({ type }) => this.registry.find(type));
      if (usable.length === 0) {
        throw new DomainError('mfa_enrollment_required', { detail: 'The account has no second factor to challenge.' });
      }
      const factor =
        factorId === undefined ? this.attempts.firstUnlocked(usable) : usable.find(({ id }) => id === factorId);
      const plugin = factor && this.registry.find(factor.type);
      if (factor === undefined || plugin === undefined)
        throw new DomainError('not_found', { detail: 'No such factor.' });
      this.attempts.assertUnlocked(factor);
      const { id, expiresAt } = await this.challenges.create(tx, caller.sessionId, factor.id);
      const data = await plugin.challenge(tx, factor);
      return { id, factorId: factor.id, type: factor.type, expiresAt, ...(data && { data }) };
    });
  }
}
