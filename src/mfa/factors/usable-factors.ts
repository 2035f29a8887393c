import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { toUsableFactor, type UsableFactorDto } from './dto/factor.dto';
import { FactorRegistry } from './factor-registry';
import { FactorStore } from './factor.store';

/** What an account may verify now. */
@Injectable()
export class UsableFactors {
  constructor(
    private readonly factors: FactorStore,
    private readonly registry: FactorRegistry,
    private readonly clock: Clock,
  ) {}

  /** Active ones of a known type that are not locked, the preferred first. */
  async of(tx: EntityManager, userId: string): Promise<UsableFactorDto[]> {
    const active = await this.factors.listActive(tx, userId);
    const now = this.clock.now();
    return active.flatMap((factor) => {
      const isLocked = factor.lockedUntil !== null && factor.lockedUntil > now;
      const plugin = isLocked ? undefined : this.registry.find(factor.type);
      return plugin ? [toUsableFactor(factor, plugin)] : [];
    });
  }
}
