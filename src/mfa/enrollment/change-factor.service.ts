import { Injectable } from '@nestjs/common';
import type { Principal } from '../../access/principal';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import { type FactorDto, toFactor } from '../factors/dto/factor.dto';
import { FactorRegistry } from '../factors/factor-registry';
import { FactorStore } from '../factors/factor.store';
import type { ChangeFactorDto } from './dto/enrollment.dto';
import { findChangeable } from './find-changeable';

@Injectable()
export class ChangeFactorService {
  constructor(
    private readonly transactions: Transactions,
    private readonly factors: FactorStore,
    private readonly registry: FactorRegistry,
  ) {}

  /** @throws DomainError `not_found`, `forbidden` */
  async change({ userId }: Principal, factorId: string, change: ChangeFactorDto): Promise<FactorDto> {
    return this.transactions.run(async (tx) => {
      const before = await findChangeable(this.factors, tx, userId, factorId);
      if (change.name !== undefined) await this.factors.rename(tx, factorId, change.name);
      if (change.preferred !== undefined) await this.factors.prefer(tx, userId, factorId, change.preferred);
      const plugin = this.registry.find(before.type);
      if (plugin === undefined) throw new DomainError('not_found');
      return toFactor(await findChangeable(this.factors, tx, userId, factorId), plugin);
    });
  }
}
