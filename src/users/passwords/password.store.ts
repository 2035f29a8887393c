import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { DomainEvents } from '../../platform/events/domain-events';
import { OneTimeTokenStore } from '../one-time-tokens/one-time-token.store';
import { PasswordEntity } from './entities/password.entity';

/** A password that was shown and right. It holds as long as the account has that very password. */
export interface PasswordProof {
  readonly userId: string;
  readonly version: number;
}

export interface StoredPassword extends PasswordProof {
  /** argon2id in PHC string format. */
  readonly hash: string;
}

/** Every statement on `passwords`. */
@Injectable()
export class PasswordStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly oneTimeTokens: OneTimeTokenStore,
    private readonly clock: Clock,
    private readonly events: DomainEvents,
  ) {}

  async find(userId: string): Promise<StoredPassword | null> {
    return this.dataSource.getRepository(PasswordEntity).findOneBy({ userId });
  }

  /** Whether the account has chosen one. */
  async has(tx: EntityManager, userId: string): Promise<boolean> {
    return tx.existsBy(PasswordEntity, { userId });
  }

  async create(tx: EntityManager, userId: string, hash: string): Promise<void> {
    await tx.insert(PasswordEntity, { userId, hash, changedAt: this.clock.now(), version: 1 });
  }

  /**
   * Puts a new password in the place of the one that was shown; links to choose another are void.
   *
   * @returns false when it was changed since
   */
  async change(tx: EntityManager, { userId, version }: PasswordProof, hash: string): Promise<boolean> {
    const next = { hash, changedAt: this.clock.now(), version: version + 1 };
    const { affected } = await tx.update(PasswordEntity, { userId, version }, next);
    if (affected !== 1) return false;
    await this.oneTimeTokens.void(tx, 'reset_password', userId);
    await this.events.publish(tx, 'PasswordChanged', { userId, by: 'owner' });
    return true;
  }

  /** Puts a new password in the place of whatever was there; links to choose another are void. */
  async reset(tx: EntityManager, userId: string, hash: string): Promise<void> {
    const changedAt = this.clock.now();
    const { affected } = await tx
      .createQueryBuilder()
      .update(PasswordEntity)
      .set({ hash, changedAt, version: () => 'version + 1' })
      .where({ userId })
      .execute();
    // Whoever was invited by an administrator has none yet.
    if (affected === 0) await this.create(tx, userId, hash);
    else await this.events.publish(tx, 'PasswordChanged', { userId, by: 'recovery' });
    await this.oneTimeTokens.void(tx, 'reset_password', userId);
  }

  /**
   * Whether the password that was shown is still the account's; a change waits until the end of the transaction. To be asked
   * last, once what stands on it is written: a change that comes after sees that, and ends it.
   */
  async holds(tx: EntityManager, { userId, version }: PasswordProof): Promise<boolean> {
    const row = await tx.findOne(PasswordEntity, {
      where: { userId, version },
      select: { userId: true },
      lock: { mode: 'pessimistic_read' },
    });
    return row !== null;
  }

  /** The same password, hashed anew; one that was changed meanwhile stays. */
  async rehash({ userId, hash: old }: StoredPassword, hash: string): Promise<void> {
    await this.dataSource.getRepository(PasswordEntity).update({ userId, hash: old }, { hash });
  }
}
