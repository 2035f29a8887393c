import type { Results } from './results';

export const TARGETS = { guardRatio: 0.85, guardMicroseconds: 5, firstUseMicroseconds: 20, refreshRatio: 3 };

export interface Target {
  readonly what: string;
  readonly value: string;
  readonly limit: string;
  readonly isMet: boolean;
}

/** Each target of what was measured. */
export function targetsOf({ guard, firstUse, refresh, startUp }: Results): Target[] {
  return [
    ...guard.flatMap(({ algorithm, ratio, added }) => [
      atLeast(`requests/s behind the guard to those of the open route, ${algorithm}`, ratio.median, TARGETS.guardRatio),
      atMost(`CPU that the guard adds to a request, ${algorithm}`, added.median, TARGETS.guardMicroseconds, 'µs'),
    ]),
    ...firstUse.map(({ algorithm, added }) =>
      atMost(`first use of a token above passport-jwt, ${algorithm}`, added.median, TARGETS.firstUseMicroseconds, 'µs'),
    ),
    ...(refresh ? [atMost('CPU of a refresh to a bare one', refresh.ratio.median, TARGETS.refreshRatio, 'times')] : []),
    ...startUp.map(({ way, database, seconds, target }) =>
      atMost(`first answer after \`${way}\` (${database})`, seconds, target, 's'),
    ),
  ];
}

function atLeast(what: string, value: number, limit: number): Target {
  return { what, value: value.toFixed(3), limit: `at least ${limit}`, isMet: value >= limit };
}

function atMost(what: string, value: number, limit: number, unit: string): Target {
  return { what, value: `${value.toFixed(2)} ${unit}`, limit: `at most ${limit}`, isMet: value <= limit };
}
