import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../../access/principal';
import { toFactor } from '../factors/dto/factor.dto';
import type { FactorRecord } from '../factors/factor';
import { FactorRegistry } from '../factors/factor-registry';
import { FactorStore } from '../factors/factor.store';
import { RECOVERY_CODE } from '../factors/recovery-codes/recovery-code.factor';
import { RecoveryCodeStore } from '../factors/recovery-codes/recovery-code.store';
import type { FactorListDto } from './dto/enrollment.dto';

const FEW_RECOVERY_CODES = 3;

@Injectable()
export class ListFactorsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly factors: FactorStore,
    private readonly registry: FactorRegistry,
    private readonly recoveryCodes: RecoveryCodeStore,
  ) {}

  async list({ userId }: Caller): Promise<FactorListDto> {
    const all = await this.factors.listAll(this.dataSource.manager, userId);
    const items = all.flatMap((factor) => {
      const plugin = this.registry.find(factor.type);
      return plugin ? [toFactor(factor, plugin)] : [];
    });
    return { items, available: this.registry.enrollable, warnings: await this.warningsFor(userId, all) };
  }

  private async warningsFor(userId: string, factors: FactorRecord[]): Promise<string[]> {
    if (this.registry.find(RECOVERY_CODE) === undefined || !factors.some(({ status }) => status === 'active'))
      return [];
    const { remaining } = await this.recoveryCodes.status(this.dataSource.manager, userId);
    if (remaining === 0) return ['no_recovery_codes'];
    return remaining <= FEW_RECOVERY_CODES ? ['recovery_codes_low'] : [];
  }
}
