import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Accounts } from '../../users/accounts/accounts.store';
import { ChallengeStore } from '../challenges/challenge.store';
import { newId } from '../../platform/crypto/new-id';
import type { FactorRecord } from '../factors/factor';
import { assertCounts, standingOf } from '../factors/factor-standing';
import { FactorStore, type NewFactor } from '../factors/factor.store';
import type { EnrollmentOffer, MfaFactor } from '../factors/mfa-factor';

/** Factors that were begun and not proven yet, each with the challenge that its first response answers. */
@Injectable()
export class PendingFactors {
  constructor(
    private readonly accounts: Accounts,
    private readonly factors: FactorStore,
    private readonly challenges: ChallengeStore,
  ) {}

  /** @throws DomainError `forbidden` where the mailbox that reset the password would be the factor */
  async add(
    tx: EntityManager,
    factor: Omit<NewFactor, 'secret' | 'destination'> & { readonly sessionId: string },
    plugin: MfaFactor,
    { secret, destination, state, expiresAt }: EnrollmentOffer,
  ): Promise<FactorRecord> {
    const account = await this.accounts.lock(tx, factor.userId); // Of two begun at once, one replaces the other.
    assertCounts(standingOf({ destination: destination ?? null }, plugin, account?.recoveredMailbox ?? null));
    const pending = await this.factors.addPending(tx, {
      ...factor,
      ...(secret && { secret }),
      ...(destination !== undefined && { destination }),
    });
    if (state) {
      const { id: factorId, sessionId } = factor;
      await this.challenges.create(tx, { id: newId(), sessionId, factorId, state, voidsEarlier: false, expiresAt });
    }
    return pending;
  }

  /** What goes with it did not leave the house: nobody can prove it. */
  async drop(tx: EntityManager, { id, userId }: FactorRecord): Promise<void> {
    await this.accounts.lock(tx, userId);
    await this.factors.dropPending(tx, id);
  }
}
