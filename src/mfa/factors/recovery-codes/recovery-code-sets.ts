import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { newId } from '../../../platform/crypto/new-id';
import { FactorRegistry } from '../factor-registry';
import { FactorStore } from '../factor.store';
import { RECOVERY_CODE, RecoveryCodeFactor } from './recovery-code.factor';
import { RecoveryCodeStore } from './recovery-code.store';

/** The sets of recovery codes that accounts hold. */
@Injectable()
export class RecoveryCodeSets {
  constructor(
    private readonly registry: FactorRegistry,
    private readonly factors: FactorStore,
    private readonly codes: RecoveryCodeStore,
    private readonly factor: RecoveryCodeFactor,
  ) {}

  /** Whether recovery codes are in use here. */
  get areOffered(): boolean {
    return this.registry.find(RECOVERY_CODE) !== undefined;
  }

  /**
   * Makes a set, and the factor that takes its codes where the account has none yet; the set before is void.
   *
   * @param tx holds the account's lock: two sets made at once would both stand
   * @returns the codes in clear, the only time they are
   */
  async renew(tx: EntityManager, userId: string): Promise<string[]> {
    const active = await this.factors.listActive(tx, userId);
    if (!active.some(({ type }) => type === RECOVERY_CODE)) {
      const { type, defaultName: name } = this.factor;
      await this.factors.addActive(tx, { id: newId(), userId, sessionId: null, type, name });
    }
    return this.codes.replace(tx, userId);
  }
}
