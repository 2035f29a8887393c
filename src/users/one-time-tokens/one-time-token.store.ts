import { Injectable } from '@nestjs/common';
import { createHash, randomBytes } from 'node:crypto';
import { type EntityManager, In, IsNull, LessThan, MoreThan } from 'typeorm';
import { newId } from '../../platform/crypto/new-id';
import { Clock } from '../../platform/clock/clock';
import type { OneTimeToken, OneTimeTokenPurpose } from './one-time-token';
import { OneTimeTokenEntity } from './entities/one-time-token.entity';

/** Tokens that work once: 256 random bits, of which only the SHA-256 is kept. */
@Injectable()
export class OneTimeTokenStore {
  constructor(private readonly clock: Clock) {}

  /** Makes a token; older ones of the same purpose are void. @param ttl seconds. @returns the token in clear */
  async create(
    tx: EntityManager,
    purpose: OneTimeTokenPurpose,
    userId: string,
    ttl: number,
    target: string | null = null,
  ): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    await tx.delete(OneTimeTokenEntity, { userId, purpose, usedAt: IsNull() });
    await tx.insert(OneTimeTokenEntity, {
      id: newId(),
      userId,
      purpose,
      target,
      digest: digestOf(token),
      createdAt: this.clock.now(),
      expiresAt: this.clock.in(ttl),
      usedAt: null,
    });
    return token;
  }

  /** A live token of this account; does not use it up. */
  async find(
    tx: EntityManager,
    purpose: OneTimeTokenPurpose,
    userId: string,
    token: string,
  ): Promise<OneTimeToken | undefined> {
    const live = { purpose, userId, digest: digestOf(token), usedAt: IsNull(), expiresAt: MoreThan(this.clock.now()) };
    return (await tx.findOneBy(OneTimeTokenEntity, live)) ?? undefined;
  }

  /** Where the account's live token of this purpose went to. */
  async liveTarget(tx: EntityManager, purpose: OneTimeTokenPurpose, userId: string): Promise<string | undefined> {
    const live = { purpose, userId, usedAt: IsNull(), expiresAt: MoreThan(this.clock.now()) };
    return (await tx.findOneBy(OneTimeTokenEntity, live))?.target ?? undefined;
  }

  /** A live token of one of these purposes, whoever's it is; does not use it up. */
  async findAnybodys(
    tx: EntityManager,
    purposes: readonly OneTimeTokenPurpose[],
    token: string,
  ): Promise<OneTimeToken | undefined> {
    const live = {
      purpose: In(purposes),
      digest: digestOf(token),
      usedAt: IsNull(),
      expiresAt: MoreThan(this.clock.now()),
    };
    return (await tx.findOneBy(OneTimeTokenEntity, live)) ?? undefined;
  }

  /** What it was made for is over. */
  async void(tx: EntityManager, purpose: OneTimeTokenPurpose, userId: string): Promise<void> {
    await tx.delete(OneTimeTokenEntity, { userId, purpose, usedAt: IsNull() });
  }

  /** Uses a token up. @returns true once */
  async consume(tx: EntityManager, id: string): Promise<boolean> {
    const now = this.clock.now();
    const live = { id, usedAt: IsNull(), expiresAt: MoreThan(now) };
    return (await tx.update(OneTimeTokenEntity, live, { usedAt: now })).affected === 1;
  }

  async dropExpired(tx: EntityManager): Promise<void> {
    await tx.delete(OneTimeTokenEntity, { expiresAt: LessThan(this.clock.now()) });
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
