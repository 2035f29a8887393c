import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { FactorRemoval } from './enrollment/factor-removal';
import { type FactorDto, toFactor } from './factors/dto/factor.dto';
import { FactorRegistry } from './factors/factor-registry';
import { FactorStore } from './factors/factor.store';

/** The factors of an account, as far as anybody but its owner sees them. */
export interface FactorOverview {
  readonly factors: readonly FactorDto[];
  /** The end of the lock that lasts longest, which may be over; null where none was ever locked. */
  readonly lockedUntil: Date | null;
}

/** What administrators may do with the factors of others. They see no secret and set none. */
@Injectable()
export class FactorAdministration {
  constructor(
    private readonly dataSource: DataSource,
    private readonly factors: FactorStore,
    private readonly registry: FactorRegistry,
    private readonly removal: FactorRemoval,
  ) {}

  /** By account. Factors of a type that is not in use are left out. */
  async overviewOf(userIds: readonly string[]): Promise<(userId: string) => FactorOverview> {
    const all = await this.factors.listActiveOf(this.dataSource.manager, userIds);
    return (userId) => {
      const own = all.filter((factor) => factor.userId === userId);
      const factors = own.flatMap((factor) => {
        const plugin = this.registry.find(factor.type);
        return plugin ? [toFactor(factor, plugin)] : [];
      });
      const locks = own.map(({ lockedUntil }) => lockedUntil?.getTime() ?? 0);
      const latest = Math.max(0, ...locks);
      return { factors, lockedUntil: latest === 0 ? null : new Date(latest) };
    };
  }

  async dropAll(tx: EntityManager, userId: string): Promise<void> {
    await this.removal.removeAll(tx, userId);
  }

  async unlock(tx: EntityManager, userId: string): Promise<number> {
    return this.factors.unlockAll(tx, userId);
  }
}
