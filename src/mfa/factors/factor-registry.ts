import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { ReachableAcr } from '../../access/reachable-acr';
import { SettingsError } from '../../platform/config/load-settings';
import { MfaSettings } from '../../platform/config/settings/mfa.settings';
import { MfaFactor } from './mfa-factor';

/** Every `MfaFactor` among the providers of all modules, ours and a team's. */
@Injectable()
export class FactorRegistry implements OnApplicationBootstrap {
  private factors: ReadonlyMap<string, MfaFactor> = new Map();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly settings: MfaSettings,
    private readonly reachable: ReachableAcr,
  ) {}

  /** @throws Error when two plug-ins share a type; SettingsError when `MFA_FACTORS` names one that nobody provides */
  onApplicationBootstrap(): void {
    const found = new Map<string, MfaFactor>();
    for (const { instance } of this.discovery.getProviders() as { instance: unknown }[]) {
      if (!(instance instanceof MfaFactor) || found.get(instance.type) === instance) continue;
      if (found.has(instance.type)) throw new Error(`Two factors call themselves ${instance.type}`);
      found.set(instance.type, instance);
    }
    const unknown = this.settings.factors.filter((type) => !found.has(type));
    if (unknown.length > 0) {
      throw new SettingsError([
        `MFA_FACTORS: no such factor: ${unknown.join(', ')}. There are: ${[...found.keys()].join(', ')}.`,
      ]);
    }
    this.factors = found;
    for (const type of this.settings.factors) this.reachable.add(found.get(type)?.acr ?? 'aal1');
  }

  /** The factor of this type; undefined when `MFA_FACTORS` leaves it out or nobody provides it. */
  find(type: string): MfaFactor | undefined {
    return this.settings.factors.includes(type) ? this.factors.get(type) : undefined;
  }

  /** The same also where `MFA_FACTORS` leaves it out: accounts may have one from before. */
  findAny(type: string): MfaFactor | undefined {
    return this.factors.get(type);
  }

  /** Those that are in use, in the order of `MFA_FACTORS`. */
  get inUse(): MfaFactor[] {
    return this.settings.factors.flatMap((type) => this.find(type) ?? []);
  }

  /** The types that may be enrolled now. */
  get enrollable(): string[] {
    return this.inUse.filter((plugin) => !plugin.isBackup && plugin.isAvailable()).map(({ type }) => type);
  }

  /** Whether one of this type is a second factor by itself: not one that only backs up others, nor one that is not in use. */
  standsAlone({ type }: { readonly type: string }): boolean {
    return this.find(type)?.isBackup === false;
  }
}
