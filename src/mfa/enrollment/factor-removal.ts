import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { MfaSettings } from '../../platform/config/settings/mfa.settings';
import { DomainError } from '../../platform/errors/domain-error';
import type { SignInAccount } from '../../users/accounts/account';
import { Accounts } from '../../users/accounts/accounts.store';
import { ChallengeStore } from '../challenges/challenge.store';
import type { FactorRecord } from '../factors/factor';
import { FactorRegistry } from '../factors/factor-registry';
import { FactorStore } from '../factors/factor.store';
import { ChangeableFactors } from './changeable-factors';

interface Removed {
  readonly factor: FactorRecord;
  /** Of all that went. */
  readonly ids: readonly string[];
}

/** Takes factors from an account, with all that belongs to them. */
@Injectable()
export class FactorRemoval {
  constructor(
    private readonly changeable: ChangeableFactors,
    private readonly accounts: Accounts,
    private readonly factors: FactorStore,
    private readonly registry: FactorRegistry,
    private readonly challenges: ChallengeStore,
    private readonly settings: MfaSettings,
  ) {}

  /**
   * Removes a factor. With the last one goes what is worth nothing without it: recovery codes, and kinds that are not in use.
   *
   * @param tx holds the account's lock
   * @throws DomainError `not_found`, `forbidden`, `last_factor` where policy or a role of the account demands one
   */
  async remove(tx: EntityManager, account: SignInAccount, factorId: string): Promise<Removed> {
    const factor = await this.changeable.get(tx, account.id, factorId);
    const others = (await this.factors.listActive(tx, account.id)).filter(({ id }) => id !== factor.id);
    const isLast = !others.some((other) => this.registry.standsAlone(other));
    if (isLast && this.settings.demandsFactor(account.roles)) {
      throw new DomainError('last_factor', {
        detail: 'This account must have a second factor. Add another one first.',
      });
    }
    const going = isLast ? [factor, ...others] : [factor];
    await this.drop(tx, going);
    if (isLast) await this.accounts.clearMfaEnrollment(tx, account.id);
    return { factor, ids: going.map(({ id }) => id) };
  }

  /** Removes every factor, pending ones and recovery codes included: the account is as if it had never had one. */
  async removeAll(tx: EntityManager, userId: string): Promise<void> {
    await this.accounts.lock(tx, userId);
    await this.drop(tx, await this.factors.listAll(tx, userId));
    await this.accounts.clearMfaEnrollment(tx, userId);
  }

  private async drop(tx: EntityManager, going: readonly FactorRecord[]): Promise<void> {
    for (const each of going) {
      await this.challenges.dropOf(tx, each.id);
      await this.registry.findAny(each.type)?.forget(tx, each);
      await this.factors.drop(tx, each);
    }
  }
}
