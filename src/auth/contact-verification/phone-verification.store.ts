import { Injectable } from '@nestjs/common';
import { type EntityManager, LessThan, MoreThan } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { PhoneVerificationEntity } from './entities/phone-verification.entity';

/** How long a number that was not confirmed may be sent another code without being named again. Seconds. */
const KEPT_SECONDS = 24 * 3600;

export interface PhoneVerification {
  readonly id: string;
  readonly userId: string;
  readonly phone: string;
  readonly state: Buffer;
  readonly expiresAt: Date;
}

/** Every statement on `phone_verifications`. */
@Injectable()
export class PhoneVerificationStore {
  constructor(private readonly clock: Clock) {}

  /** In place of the one before: its code is void. */
  async begin(tx: EntityManager, verification: PhoneVerification): Promise<void> {
    await tx.upsert(PhoneVerificationEntity, { ...verification, attempts: 0 }, ['userId']);
  }

  /** Also one whose code is too old. */
  async find(tx: EntityManager, userId: string): Promise<PhoneVerification | undefined> {
    return (await tx.findOneBy(PhoneVerificationEntity, { userId })) ?? undefined;
  }

  /**
   * Counts a try, before it is looked at. The caller holds the account's lock.
   *
   * @returns with how many tries are left; undefined when the code is too old or its tries are spent
   */
  async countTry(
    tx: EntityManager,
    userId: string,
    most: number,
  ): Promise<(PhoneVerification & { readonly attemptsRemaining: number }) | undefined> {
    const live = { userId, expiresAt: MoreThan(this.clock.now()) };
    const found = await tx.findOneBy(PhoneVerificationEntity, live);
    if (found === null || found.attempts >= most) return undefined;
    const counted = { id: found.id, attempts: found.attempts };
    const { affected } = await tx.update(PhoneVerificationEntity, counted, { attempts: found.attempts + 1 });
    return affected === 1 ? { ...found, attemptsRemaining: most - found.attempts - 1 } : undefined;
  }

  /** @returns true once */
  async consume(tx: EntityManager, id: string): Promise<boolean> {
    return (await tx.delete(PhoneVerificationEntity, { id })).affected === 1;
  }

  async dropOld(tx: EntityManager): Promise<void> {
    await tx.delete(PhoneVerificationEntity, { expiresAt: LessThan(this.clock.in(-KEPT_SECONDS)) });
  }
}
