import { Injectable } from '@nestjs/common';
import { type EntityManager, IsNull, LessThan } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { MfaSettings } from '../../platform/config/settings/mfa.settings';
import { returnedRows } from '../../platform/database/returned-rows';
import { MfaChallengeEntity } from './entities/mfa-challenge.entity';

export interface NewChallenge {
  readonly id: string;
  readonly sessionId: string;
  readonly factorId: string;
  readonly state: Buffer | undefined;
  /** Ends those of this factor that the session began before. */
  readonly voidsEarlier: boolean;
  /** When it ends, if sooner than after `CHALLENGE_TTL`. */
  readonly expiresAt: Date | undefined;
}

export interface Challenge {
  readonly id: string;
  readonly factorId: string;
  readonly expiresAt: Date;
}

export interface CountedChallenge {
  readonly id: string;
  readonly factorId: string;
  readonly state: Buffer | null;
  /** Tries that are left after this one. */
  readonly attemptsRemaining: number;
}

/** Every statement on `mfa_challenges`. */
@Injectable()
export class ChallengeStore {
  constructor(
    private readonly clock: Clock,
    private readonly settings: MfaSettings,
  ) {}

  async create(tx: EntityManager, begun: NewChallenge): Promise<Challenge> {
    const { id, sessionId, factorId, state, voidsEarlier } = begun;
    if (voidsEarlier) await tx.delete(MfaChallengeEntity, { sessionId, factorId, consumedAt: IsNull() });
    const latest = this.clock.in(this.settings.challengeTtl);
    const expiresAt = begun.expiresAt !== undefined && begun.expiresAt < latest ? begun.expiresAt : latest;
    const challenge = { id, factorId, expiresAt };
    await tx.insert(MfaChallengeEntity, {
      ...challenge,
      sessionId,
      state: state ?? null,
      attempts: 0,
      createdAt: this.clock.now(),
      consumedAt: null,
    });
    return challenge;
  }

  /**
   * Counts an attempt before it is checked.
   *
   * @returns undefined when the challenge is of another session, too old, used, or its tries are spent
   */
  async countAttempt(tx: EntityManager, sessionId: string, id: string): Promise<CountedChallenge | undefined> {
    return this.count(tx, sessionId, 'id', id);
  }

  /** The same for the first response of a pending factor, which has one challenge at most. */
  async countAttemptOf(tx: EntityManager, sessionId: string, factorId: string): Promise<CountedChallenge | undefined> {
    return this.count(tx, sessionId, 'factor_id', factorId);
  }

  /** Takes back the attempt that was counted last: nobody has answered yet. */
  async uncountAttempt(tx: EntityManager, id: string): Promise<void> {
    await tx.decrement(MfaChallengeEntity, { id }, 'attempts', 1);
  }

  /** @returns true once */
  async consume(tx: EntityManager, id: string): Promise<boolean> {
    const { affected } = await tx.update(
      MfaChallengeEntity,
      { id, consumedAt: IsNull() },
      { consumedAt: this.clock.now() },
    );
    return affected === 1;
  }

  /** What it was for did not leave the house. */
  async drop(tx: EntityManager, id: string): Promise<void> {
    await tx.delete(MfaChallengeEntity, { id });
  }

  /** Before its factor is dropped: the same order of locks as verifying. */
  async dropOf(tx: EntityManager, factorId: string): Promise<void> {
    await tx.delete(MfaChallengeEntity, { factorId });
  }

  async dropExpired(tx: EntityManager): Promise<void> {
    await tx.delete(MfaChallengeEntity, { expiresAt: LessThan(this.clock.now()) });
  }

  private async count(
    tx: EntityManager,
    sessionId: string,
    column: 'id' | 'factor_id',
    value: string,
  ): Promise<CountedChallenge | undefined> {
    const counted = await tx
      .createQueryBuilder()
      .update(MfaChallengeEntity)
      .set({ attempts: () => 'attempts + 1' })
      .where(
        `${column} = :value AND session_id = :sessionId AND consumed_at IS NULL AND expires_at > :now AND attempts < :most`,
        {
          value,
          sessionId,
          now: this.clock.now(),
          most: this.settings.challengeMaxAttempts,
        },
      )
      .returning('id, factor_id, state, attempts')
      .execute();
    const [row] = returnedRows<{ id: string; factor_id: string; state: Buffer | null; attempts: number }>(counted);
    if (row === undefined) return undefined;
    const { id, factor_id: factorId, state, attempts } = row;
    return { id, factorId, state, attemptsRemaining: this.settings.challengeMaxAttempts - attempts };
  }
}
