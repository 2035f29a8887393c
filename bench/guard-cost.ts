import { type Cost, load, medianOf } from './support/load';
import type { Countersign } from './support/measured-server';
import { type Spread, spread } from './support/statistics';

const ROUTES = ['public', 'protected'] as const;
type Route = (typeof ROUTES)[number];

const WARM_UPS = 4;

export interface GuardCostOptions {
  readonly rounds: number;
  readonly secondsEach: number;
}

export interface GuardCost {
  readonly algorithm: string;
  readonly rounds: readonly Readonly<Record<Route, Cost>>[];
  readonly medians: Readonly<Record<Route, Cost>>;
  /** Requests/s of the protected route to those of the open one in the same round. */
  readonly ratio: Spread;
  /** CPU time that the protected route takes above the open one in the same round, µs a request. */
  readonly added: Spread;
}

/** The open and the protected route in turn, with the same headers on both; what is compared is the two of one round. */
export async function measureGuardCost(
  server: Countersign,
  { rounds: count, secondsEach }: GuardCostOptions,
): Promise<GuardCost> {
  const headers = { authorization: `Bearer ${server.ready.token}` };
  const loadRoute = (route: Route) => load(server, `/bench/${route}`, headers, secondsEach);
  // Some of each count for nothing: the compiler has to know the way.
  for (let warmUp = 0; warmUp < WARM_UPS; warmUp++) for (const route of ROUTES) await loadRoute(route);
  const rounds: Record<Route, Cost>[] = [];
  for (let round = 0; round < count; round++) {
    const costs: Partial<Record<Route, Cost>> = {};
    // Neither route is always the first.
    for (const route of round % 2 === 0 ? ROUTES : ROUTES.toReversed()) costs[route] = await loadRoute(route);
    rounds.push(costs as Record<Route, Cost>);
  }
  return {
    algorithm: server.ready.algorithm,
    rounds,
    medians: {
      public: medianOf(rounds.map((round) => round.public)),
      protected: medianOf(rounds.map((round) => round.protected)),
    },
    ratio: spread(rounds.map((round) => round.protected.requestsPerSecond / round.public.requestsPerSecond)),
    added: spread(rounds.map((round) => round.protected.cpuPerRequest - round.public.cpuPerRequest)),
  };
}
