import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import type { SignInAccount } from '../../users/accounts/account';
import { Accounts } from '../../users/accounts/accounts.store';
import { toUsableFactor, type UsableFactorDto } from './dto/factor.dto';
import type { FactorRecord } from './factor';
import { FactorRegistry } from './factor-registry';
import { assertCounts, standingOf } from './factor-standing';
import { FactorStore } from './factor.store';
import type { MfaFactor } from './mfa-factor';

/** What an account may verify now. */
@Injectable()
export class UsableFactors {
  constructor(
    private readonly factors: FactorStore,
    private readonly registry: FactorRegistry,
    private readonly accounts: Accounts,
    private readonly clock: Clock,
  ) {}

  /** Active ones that count and are not locked, the preferred first. */
  async of(
    tx: EntityManager,
    { id, recoveredMailbox }: Pick<SignInAccount, 'id' | 'recoveredMailbox'>,
  ): Promise<UsableFactorDto[]> {
    const active = await this.factors.listActive(tx, id);
    const now = this.clock.now();
    return active.flatMap((factor) => {
      const isLocked = factor.lockedUntil !== null && factor.lockedUntil > now;
      const plugin = this.registry.find(factor.type);
      const counts = !isLocked && standingOf(factor, plugin, recoveredMailbox) === 'counts';
      return plugin && counts ? [toUsableFactor(factor, plugin)] : [];
    });
  }

  /** Those of an account's factors that count, locked ones too. */
  async counting(tx: EntityManager, userId: string, factors: readonly FactorRecord[]): Promise<FactorRecord[]> {
    const recoveredMailbox = await this.accounts.recoveredMailbox(tx, userId);
    return factors.filter(
      (factor) => standingOf(factor, this.registry.find(factor.type), recoveredMailbox) === 'counts',
    );
  }

  /** The plug-in of a factor that counts. @throws DomainError `forbidden` for one that does not */
  async pluginOf(tx: EntityManager, factor: FactorRecord): Promise<MfaFactor> {
    const plugin = this.registry.find(factor.type);
    assertCounts(standingOf(factor, plugin, await this.accounts.recoveredMailbox(tx, factor.userId)));
    if (plugin === undefined) throw new Error('A factor without a plug-in does not count');
    return plugin;
  }
}
