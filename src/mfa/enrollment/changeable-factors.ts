import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DomainError } from '../../platform/errors/domain-error';
import type { FactorRecord } from '../factors/factor';
import { FactorRegistry } from '../factors/factor-registry';
import { FactorStore } from '../factors/factor.store';

/** Active factors that may be renamed, preferred or dropped. */
@Injectable()
export class ChangeableFactors {
  constructor(
    private readonly factors: FactorStore,
    private readonly registry: FactorRegistry,
  ) {}

  /** @throws DomainError `not_found`, `forbidden` */
  async get(tx: EntityManager, userId: string, factorId: string): Promise<FactorRecord> {
    const factor = await this.factors.findActive(tx, userId, factorId);
    if (factor === undefined) throw new DomainError('not_found', { detail: 'No such active factor.' });
    if (this.registry.findAny(factor.type)?.isBackup === true) {
      throw new DomainError('forbidden', { detail: 'Recovery codes cannot be renamed or dropped, only made anew.' });
    }
    return factor;
  }
}
