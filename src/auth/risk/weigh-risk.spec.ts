import fc from 'fast-check';
import { type RiskOutcome, type ShownSignal, weighRisk } from './weigh-risk';

/** As they weigh unless a setting says otherwise. */
const SIGNALS = {
  new_network: { name: 'new_network', weight: 40, reason: 'new_network' },
  new_device: { name: 'new_device', weight: 60, reason: 'new_device' },
  impossible_travel: { name: 'impossible_travel', weight: 60, reason: 'new_network' },
  many_refusals: { name: 'many_refusals', weight: 40, reason: 'policy' },
  long_idle: { name: 'long_idle', weight: 15, reason: 'idle' },
} as const satisfies Record<string, ShownSignal>;
const DEFAULTS = { stepUpScore: 100, endScore: 140 };

type Name = keyof typeof SIGNALS;

describe(weighRisk.name, () => {
  it.each<[readonly Name[], RiskOutcome]>([
    [[], 'allow'],
    [['new_network'], 'allow'],
    [['new_device'], 'allow'],
    [['long_idle'], 'allow'],
    [['new_network', 'long_idle'], 'allow'],
    [['new_device', 'long_idle'], 'allow'],
    [['new_network', 'many_refusals'], 'allow'],
    [['new_network', 'many_refusals', 'long_idle'], 'allow'],
    [['new_network', 'new_device'], 'step_up'],
    [['new_network', 'new_device', 'long_idle'], 'step_up'],
    [['new_device', 'many_refusals'], 'step_up'],
    [['new_network', 'impossible_travel'], 'step_up'],
    [['new_network', 'new_device', 'many_refusals'], 'end'],
    [['new_network', 'impossible_travel', 'many_refusals'], 'end'],
    [['new_network', 'new_device', 'impossible_travel'], 'end'],
  ])('with the default weights makes of %j: %s', (names, outcome) => {
    const shown = names.map((name) => SIGNALS[name]);
    expect(weighRisk(shown, DEFAULTS)).toMatchObject({ outcome, signals: names });
  });

  it.each<[readonly Name[], string | null]>([
    [[], null],
    [['new_network'], 'new_network'],
    [['new_network', 'new_device'], 'new_device'],
    [['new_device', 'new_network'], 'new_device'],
    [['new_network', 'impossible_travel'], 'new_network'],
    [['new_network', 'many_refusals'], 'new_network'],
    [['long_idle', 'many_refusals'], 'policy'],
  ])('gives, of %j, the reason of the heaviest: %s', (names, reason) => {
    expect(
      weighRisk(
        names.map((name) => SIGNALS[name]),
        DEFAULTS,
      ).reason,
    ).toBe(reason);
  });

  it.each<[number, RiskOutcome]>([
    [9, 'allow'],
    [10, 'step_up'],
    [19, 'step_up'],
    [20, 'end'],
  ])('makes of a score of %i: %s', (weight, outcome) => {
    const shown = [{ name: 'own', weight, reason: 'policy' }] as const;
    expect(weighRisk(shown, { stepUpScore: 10, endScore: 20 })).toEqual({
      outcome,
      score: weight,
      signals: ['own'],
      reason: 'policy',
    });
  });

  it('is never milder for one more signal', () => {
    const severity = { allow: 0, step_up: 1, end: 2 };
    const signals = fc.subarray(Object.values(SIGNALS));
    fc.assert(
      fc.property(signals, fc.constantFrom(...Object.values(SIGNALS)), (shown, one) => {
        const more = weighRisk([...shown, one], DEFAULTS).outcome;
        expect(severity[more]).toBeGreaterThanOrEqual(severity[weighRisk(shown, DEFAULTS).outcome]);
      }),
    );
  });
});
