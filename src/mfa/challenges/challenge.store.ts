import { Injectable } from '@nestjs/common';
import { type EntityManager, IsNull, LessThan } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../../platform/clock/clock';
import { MfaSettings } from '../../platform/config/settings/mfa.settings';
import { returnedRows } from '../../platform/database/returned-rows';
import { MfaChallengeEntity } from './entities/mfa-challenge.entity';

export interface Challenge {
  readonly id: string;
  readonly factorId: string;
  readonly expiresAt: Date;
}

export interface CountedChallenge {
  readonly factorId: string;
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

  async create(tx: EntityManager, sessionId: string, factorId: string): Promise<Challenge> {
    const challenge = { id: uuidv7(), factorId, expiresAt: this.clock.in(this.settings.challengeTtl) };
    const createdAt = this.clock.now();
    await tx.insert(MfaChallengeEntity, { ...challenge, sessionId, attempts: 0, createdAt, consumedAt: null });
    return challenge;
  }

  /**
   * Counts an attempt before it is checked.
   *
   * @returns undefined when the challenge is of another session, too old, used, or its tries are spent
   */
  async countAttempt(tx: EntityManager, sessionId: string, id: string): Promise<CountedChallenge | undefined> {
    const counted = await tx
      .createQueryBuilder()
      .update(MfaChallengeEntity)
      .set({ attempts: () => 'attempts + 1' })
      .where(
        'id = :id AND session_id = :sessionId AND consumed_at IS NULL AND expires_at > :now AND attempts < :most',
        {
          id,
          sessionId,
          now: this.clock.now(),
          most: this.settings.challengeMaxAttempts,
        },
      )
      .returning('factor_id, attempts')
      .execute();
    const [row] = returnedRows<{ factor_id: string; attempts: number }>(counted);
    if (row === undefined) return undefined;
    return { factorId: row.factor_id, attemptsRemaining: this.settings.challengeMaxAttempts - row.attempts };
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

  /** Before its factor is dropped: the same order of locks as verifying. */
  async dropOf(tx: EntityManager, factorId: string): Promise<void> {
    await tx.delete(MfaChallengeEntity, { factorId });
  }

  async dropExpired(tx: EntityManager): Promise<void> {
    await tx.delete(MfaChallengeEntity, { expiresAt: LessThan(this.clock.now()) });
  }
}
