import { Injectable } from '@nestjs/common';
import { Brackets, type EntityManager, In, IsNull, LessThan, MoreThan, Not } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { SecretBox, type SecretPlace } from '../../platform/crypto/secret-box';
import { returnedRows } from '../../platform/database/returned-rows';
import { DomainEvents } from '../../platform/events/domain-events';
import { MfaFactorEntity } from './entities/mfa-factor.entity';
import type { FactorRecord } from './factor';
import { FactorRegistry } from './factor-registry';

/** How long a person has to prove a new factor. */
const PENDING_FACTOR_SECONDS = 15 * 60;
const MAX_PENDING = 3;

export interface NewFactor {
  readonly id: string;
  readonly userId: string;
  readonly sessionId: string | null;
  readonly type: string;
  readonly name: string;
  readonly secret?: Buffer;
  readonly destination?: string;
  readonly enrollmentTokenId?: string | null;
}

export interface CountedAttempt {
  /** Consecutive failures, with this attempt if the factor is not locked. */
  readonly failures: number;
  readonly lockedUntil: Date | null;
}

/** Every statement on `mfa_factors`. */
@Injectable()
export class FactorStore {
  constructor(
    private readonly clock: Clock,
    private readonly secretBox: SecretBox,
    private readonly registry: FactorRegistry,
    private readonly events: DomainEvents,
  ) {}

  /** Begins a factor; a pending one of the same type is replaced, and of others only the newest stay. */
  async addPending(tx: EntityManager, factor: NewFactor): Promise<FactorRecord> {
    await tx.delete(MfaFactorEntity, { userId: factor.userId, type: factor.type, status: 'pending' });
    const surplus = await tx.find(MfaFactorEntity, {
      where: { userId: factor.userId, status: 'pending' },
      select: { id: true },
      order: { createdAt: 'DESC' },
      skip: MAX_PENDING - 1,
    });
    if (surplus.length > 0) await tx.delete(MfaFactorEntity, { id: In(surplus.map(({ id }) => id)) });
    return this.insert(tx, factor, 'pending');
  }

  async addActive(tx: EntityManager, factor: NewFactor): Promise<FactorRecord> {
    const added = await this.insert(tx, factor, 'active');
    await this.tellActivated(tx, added);
    return added;
  }

  async findActive(tx: EntityManager, userId: string, id: string): Promise<FactorRecord | undefined> {
    return (await tx.findOneBy(MfaFactorEntity, { id, userId, status: 'active' })) ?? undefined;
  }

  /** A factor that this session began and that has not lapsed. */
  async findPending(tx: EntityManager, sessionId: string, id: string): Promise<FactorRecord | undefined> {
    const createdAt = MoreThan(this.clock.in(-PENDING_FACTOR_SECONDS));
    return (await tx.findOneBy(MfaFactorEntity, { id, sessionId, status: 'pending', createdAt })) ?? undefined;
  }

  /** Active factors, the preferred first, then the oldest; what only backs up others last. */
  async listActive(tx: EntityManager, userId: string): Promise<FactorRecord[]> {
    const rows = await tx.findBy(MfaFactorEntity, { userId, status: 'active' });
    const rank = (factor: FactorRecord) => (factor.preferred ? 0 : this.registry.standsAlone(factor) ? 1 : 2);
    return rows.sort((a, b) => rank(a) - rank(b) || a.createdAt.getTime() - b.createdAt.getTime());
  }

  /** Active factors of several accounts, the oldest first. */
  async listActiveOf(tx: EntityManager, userIds: readonly string[]): Promise<FactorRecord[]> {
    const where = { userId: In(userIds), status: 'active' as const };
    return tx.find(MfaFactorEntity, { where, order: { createdAt: 'ASC', id: 'ASC' } });
  }

  /** Factors in any state that has not lapsed, newest last. */
  async listAll(tx: EntityManager, userId: string): Promise<FactorRecord[]> {
    return tx
      .createQueryBuilder(MfaFactorEntity, 'f')
      .where('f.user_id = :userId', { userId })
      .andWhere(
        new Brackets((either) =>
          either
            .where("f.status = 'active'")
            .orWhere('f.created_at > :lapsed', { lapsed: this.clock.in(-PENDING_FACTOR_SECONDS) }),
        ),
      )
      .orderBy('f.created_at')
      .getMany();
  }

  /**
   * Counts an attempt before it is checked, unless the factor is locked.
   *
   * @returns undefined when the factor is gone, or no longer in this status
   */
  async countAttempt(tx: EntityManager, { id, status }: FactorRecord): Promise<CountedAttempt | undefined> {
    const counted = await tx
      .createQueryBuilder()
      .update(MfaFactorEntity)
      .set({ failures: () => 'CASE WHEN locked_until > :now THEN failures ELSE failures + 1 END' })
      .where({ id, status })
      .setParameter('now', this.clock.now())
      .returning('failures, locked_until')
      .execute();
    const [row] = returnedRows<{ failures: number; locked_until: Date | null }>(counted);
    return row && { failures: row.failures, lockedUntil: row.locked_until };
  }

  async lock(tx: EntityManager, id: string, seconds: number): Promise<void> {
    await tx.update(MfaFactorEntity, { id }, { lockedUntil: this.clock.in(seconds) });
  }

  /** Forgives every failure of the account's factors. @returns how many were locked, or on the way to it */
  async unlockAll(tx: EntityManager, userId: string): Promise<number> {
    const { affected } = await tx.update(
      MfaFactorEntity,
      [
        { userId, failures: MoreThan(0) },
        { userId, lockedUntil: Not(IsNull()) },
      ],
      { failures: 0, lockedUntil: null },
    );
    return affected ?? 0;
  }

  /** Takes back the attempt that was counted last: nobody has answered yet. */
  async uncountAttempt(tx: EntityManager, id: string): Promise<void> {
    await tx
      .createQueryBuilder()
      .update(MfaFactorEntity)
      .set({ failures: () => 'greatest(failures - 1, 0)' })
      .where({ id })
      .execute();
  }

  async recordSuccess(tx: EntityManager, id: string): Promise<void> {
    await tx.update(MfaFactorEntity, { id }, { failures: 0, lockedUntil: null, lastUsedAt: this.clock.now() });
  }

  /**
   * Uses up a time step, and all before it.
   *
   * @returns false when it, or a later one, was used before
   */
  async consumeStep(tx: EntityManager, id: string, step: number): Promise<boolean> {
    const { affected } = await tx
      .createQueryBuilder()
      .update(MfaFactorEntity)
      .set({ lastUsedStep: step })
      .where('id = :id AND (last_used_step IS NULL OR last_used_step < :step)', { id, step })
      .execute();
    return affected === 1;
  }

  /** @returns false when somebody else activated it first, or it is gone */
  async activate(tx: EntityManager, factor: FactorRecord, { preferred }: { preferred: boolean }): Promise<boolean> {
    const { id } = factor;
    const { affected } = await tx.update(
      MfaFactorEntity,
      { id, status: 'pending' },
      { status: 'active', activatedAt: this.clock.now(), preferred },
    );
    if (affected !== 1) return false;
    await this.tellActivated(tx, factor);
    return true;
  }

  async rename(tx: EntityManager, id: string, name: string): Promise<void> {
    await tx.update(MfaFactorEntity, { id }, { name });
  }

  /** At most one factor of an account is preferred. */
  async prefer(tx: EntityManager, userId: string, id: string, preferred: boolean): Promise<void> {
    if (preferred) await tx.update(MfaFactorEntity, { userId, id: Not(id) }, { preferred: false });
    await tx.update(MfaFactorEntity, { userId, id }, { preferred });
  }

  /** One that nobody can prove; not one that somebody has proven meanwhile. */
  async dropPending(tx: EntityManager, id: string): Promise<void> {
    await tx.delete(MfaFactorEntity, { id, status: 'pending' });
  }

  async dropOtherPending(tx: EntityManager, userId: string, exceptId: string): Promise<void> {
    await tx.delete(MfaFactorEntity, { userId, id: Not(exceptId), status: 'pending' });
  }

  async drop(tx: EntityManager, { id, userId, type, status }: FactorRecord): Promise<void> {
    const { affected } = await tx.delete(MfaFactorEntity, { id });
    if (affected !== 1 || status !== 'active') return;
    await this.events.publish(tx, 'FactorDropped', { userId, factorId: id, type });
  }

  async dropLapsed(tx: EntityManager): Promise<void> {
    await tx.delete(MfaFactorEntity, {
      status: 'pending',
      createdAt: LessThan(this.clock.in(-PENDING_FACTOR_SECONDS)),
    });
  }

  /** The factor's secret in clear, for as long as it takes to use it. */
  openSecret({ id, sealedSecret }: FactorRecord): Buffer {
    if (sealedSecret === null) throw new Error('The factor has no secret');
    return this.secretBox.open(sealedSecret, placeOf(id));
  }

  private async tellActivated(tx: EntityManager, { userId, id, type }: FactorRecord): Promise<void> {
    await this.events.publish(tx, 'FactorActivated', { userId, factorId: id, type });
  }

  private async insert(tx: EntityManager, factor: NewFactor, status: 'pending' | 'active'): Promise<FactorRecord> {
    const { id } = factor;
    const now = this.clock.now();
    const row: MfaFactorEntity = {
      id,
      userId: factor.userId,
      sessionId: factor.sessionId,
      type: factor.type,
      name: factor.name,
      status,
      preferred: false,
      sealedSecret: factor.secret ? this.secretBox.seal<'FactorSecret'>(factor.secret, placeOf(id)) : null,
      destination: factor.destination ?? null,
      lastUsedStep: null,
      failures: 0,
      lockedUntil: null,
      enrollmentTokenId: factor.enrollmentTokenId ?? null,
      createdAt: now,
      activatedAt: status === 'active' ? now : null,
      lastUsedAt: null,
    };
    await tx.insert(MfaFactorEntity, row);
    return row;
  }
}

function placeOf(id: string): SecretPlace {
  return { table: 'mfa_factors', column: 'sealed_secret', rowId: id };
}
