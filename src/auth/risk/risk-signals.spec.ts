import type { DiscoveryService } from '@nestjs/core';
import { RiskSettings } from '../../platform/config/settings/risk.settings';
import { RiskSignal } from './risk-signal';
import { RiskSignals } from './risk-signals';

class OwnSignal extends RiskSignal {
  override readonly reason = 'policy';

  constructor(
    override readonly name: string,
    override readonly weight: number,
  ) {
    super();
  }

  override suspects(): boolean {
    return true;
  }
}

function started(signals: readonly object[], settings: Partial<RiskSettings> = {}, isStatic = true): RiskSignals {
  const discovery = {
    getProviders: () => signals.map((instance) => ({ instance, isDependencyTreeStatic: () => isStatic })),
  } as unknown as DiscoveryService;
  const registry = new RiskSignals(discovery, Object.assign(new RiskSettings(), { isOn: true, ...settings }));
  registry.onApplicationBootstrap();
  return registry;
}

function weights(registry: RiskSignals): Record<string, number> {
  return Object.fromEntries(registry.inUse.map(({ signal, weight }) => [signal.name, weight]));
}

describe(RiskSignals, () => {
  const own = new OwnSignal('own', 30);
  const other = new OwnSignal('other', 50);

  it('finds every signal among the providers, once', () => {
    expect(weights(started([own, {}, other, own]))).toEqual({ own: 30, other: 50 });
  });

  it('takes the weights that are given', () => {
    expect(weights(started([own, other], { weights: ['own=70'] }))).toEqual({ own: 70, other: 50 });
  });

  it('leaves out what weighs nothing', () => {
    expect(weights(started([own, other, new OwnSignal('idle', 0)], { weights: ['own=0'] }))).toEqual({ other: 50 });
  });

  it('has none while they are switched off', () => {
    expect(weights(started([own, other], { isOn: false }))).toEqual({});
  });

  it.each<[string, () => RiskSignals, RegExp]>([
    ['two share a name', () => started([own, new OwnSignal('own', 5)]), /Two risk signals call themselves own/],
    ['a name is none', () => started([new OwnSignal('Not a name', 5)]), /No name for a risk signal: "Not a name"/],
    ['a weight is none', () => started([new OwnSignal('own', -1)]), /must weigh 0 to 9999/],
    ['a weight is no number', () => started([new OwnSignal('own', Number.NaN)]), /must weigh 0 to 9999/],
    ['one is made for each request', () => started([own], {}, false), /must be one for all requests/],
    [
      'a weight is given for one that nobody provides',
      () => started([own], { weights: ['onw=5'] }),
      /RISK_WEIGHTS: no such signal: onw\. There are: own\./,
    ],
  ])('stops the start where %s', (_what, start, message) => {
    expect(start).toThrow(message);
  });
});
