import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../../access/principal';
import { toFactor } from '../factors/dto/factor.dto';
import type { FactorRecord } from '../factors/factor';
import { FactorRegistry } from '../factors/factor-registry';
import { FactorStore } from '../factors/factor.store';
import type { FactorListDto } from './dto/enrollment.dto';

@Injectable()
export class ListFactorsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly factors: FactorStore,
    private readonly registry: FactorRegistry,
  ) {}

  async list({ userId }: Caller): Promise<FactorListDto> {
    const all = await this.factors.listAll(this.dataSource.manager, userId);
    const items = all.flatMap((factor) => {
      const plugin = this.registry.find(factor.type);
      return plugin ? [toFactor(factor, plugin)] : [];
    });
    const active = all.filter(({ status }) => status === 'active');
    return { items, available: this.registry.enrollable, warnings: await this.warningsFor(userId, active) };
  }

  private async warningsFor(userId: string, active: readonly FactorRecord[]): Promise<string[]> {
    if (active.length === 0) return [];
    const warnings = this.registry.inUse.map((plugin) => plugin.warningsFor(this.dataSource.manager, userId));
    return [...(await Promise.all(warnings)).flat(), ...this.strengthWarnings(active)];
  }

  private strengthWarnings(active: readonly FactorRecord[]): string[] {
    const plugins = active.flatMap((factor) =>
      this.registry.standsAlone(factor) ? this.registry.find(factor.type) : [],
    );
    const isWeak = plugins.length > 0 && plugins.every((plugin) => plugin?.isInterceptable);
    return isWeak ? ['stronger_factor_advised'] : [];
  }
}
