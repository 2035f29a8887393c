import { Injectable } from '@nestjs/common';
import type { Principal } from '../../access/principal';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import { type FactorDto, toFactor } from '../factors/dto/factor.dto';
import { FactorRegistry } from '../factors/factor-registry';
import { FactorStore } from '../factors/factor.store';
import type { ChangeFactorDto } from './dto/enrollment.dto';
import { ChangeableFactors } from './changeable-factors';
import { FactorEvents } from './factor-events';

@Injectable()
export class ChangeFactorService {
  constructor(
    private readonly transactions: Transactions,
    private readonly changeable: ChangeableFactors,
    private readonly factors: FactorStore,
    private readonly registry: FactorRegistry,
    private readonly events: FactorEvents,
  ) {}

  /** @throws DomainError `not_found`, `forbidden` */
  async change(
    principal: Principal,
    factorId: string,
    change: ChangeFactorDto,
    client: ClientInfo,
  ): Promise<FactorDto> {
    const { userId } = principal;
    return this.transactions.run(async (tx) => {
      const before = await this.changeable.get(tx, userId, factorId);
      if (change.name !== undefined) await this.factors.rename(tx, factorId, change.name);
      if (change.preferred !== undefined) await this.factors.prefer(tx, userId, factorId, change.preferred);
      const changed = (['name', 'preferred'] as const).filter((key) => change[key] !== undefined);
      if (changed.length > 0) await this.events.changed(tx, { caller: principal, client }, before, changed);
      const plugin = this.registry.find(before.type);
      if (plugin === undefined) throw new DomainError('not_found');
      return toFactor(await this.changeable.get(tx, userId, factorId), plugin);
    });
  }
}
