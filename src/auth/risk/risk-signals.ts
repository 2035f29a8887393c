import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { SettingsError } from '../../platform/config/load-settings';
import { RiskSettings } from '../../platform/config/settings/risk.settings';
import { RiskSignal } from './risk-signal';

/** A signal in use, and what it counts. */
export interface WeightedSignal {
  readonly signal: RiskSignal;
  readonly weight: number;
}

const NAME = /^[a-z][a-z0-9_]{0,39}$/;
const MOST = 9999;

/** Every `RiskSignal` among the providers of all modules, ours and a team's. */
@Injectable()
export class RiskSignals implements OnApplicationBootstrap {
  private signals: readonly WeightedSignal[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly settings: RiskSettings,
  ) {}

  /** @throws Error when a name or weight is none, or two share a name; SettingsError when `RISK_WEIGHTS` names one that nobody provides */
  onApplicationBootstrap(): void {
    const found = new Map<string, RiskSignal>();
    for (const wrapper of this.discovery.getProviders()) {
      const instance: unknown = wrapper.instance;
      if (!(instance instanceof RiskSignal) || found.get(instance.name) === instance) continue;
      const { name, weight } = instance;
      if (!wrapper.isDependencyTreeStatic()) throw new Error(`The risk signal ${name} must be one for all requests`);
      if (!NAME.test(name)) throw new Error(`No name for a risk signal: ${JSON.stringify(name)}`);
      if (!Number.isInteger(weight) || weight < 0 || weight > MOST) {
        throw new Error(`The risk signal ${name} must weigh 0 to ${MOST}`);
      }
      if (found.has(name)) throw new Error(`Two risk signals call themselves ${name}`);
      found.set(name, instance);
    }
    const given = this.settings.givenWeights;
    const unknown = [...given.keys()].filter((name) => !found.has(name));
    if (unknown.length > 0) {
      throw new SettingsError([
        `RISK_WEIGHTS: no such signal: ${unknown.join(', ')}. There are: ${[...found.keys()].join(', ')}.`,
      ]);
    }
    const weighted = [...found].map(([name, signal]) => ({ signal, weight: given.get(name) ?? signal.weight }));
    this.signals = this.settings.isOn ? weighted.filter(({ weight }) => weight > 0) : [];
  }

  /** Those that count for something; none while `RISK` is off. */
  get inUse(): readonly WeightedSignal[] {
    return this.signals;
  }
}
