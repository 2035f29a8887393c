import autocannon from 'autocannon';
import { randomBytes } from 'node:crypto';
import type { TokenCosts } from './server/messages';
import { BenchServer } from './support/bench-server';
import { median } from './support/statistics';
import type { Env } from './support/throw-away';

export const CONNECTIONS = 32;
const ROUTES = ['public', 'protected'] as const;
type Route = (typeof ROUTES)[number];

export interface GuardCostOptions {
  readonly rounds: number;
  readonly secondsEach: number;
  readonly tokenBatches: number;
}

export interface RouteCost {
  readonly requestsPerSecond: number;
  /** µs of the server process. */
  readonly cpuPerRequest: number;
}

export interface GuardCost {
  readonly rounds: Readonly<Record<Route, readonly RouteCost[]>>;
  readonly medians: Readonly<Record<Route, RouteCost>>;
  /** Requests/s of the protected route to those of the open one. */
  readonly ratio: number;
  /** CPU time of the open route to that of the protected one: less disturbed by what else runs on the machine. */
  readonly cpuRatio: number;
  readonly tokens: TokenCosts;
}

/** The open and the protected route in turn, with the same headers on both. */
export async function measureGuardCost(cwd: string, database: Env, options: GuardCostOptions): Promise<GuardCost> {
  const server = await BenchServer.start(cwd, { ...PRODUCTION, ...secrets(), ...database });
  try {
    for (const route of ROUTES) await load(server, route, options.secondsEach);
    const rounds: Record<Route, RouteCost[]> = { public: [], protected: [] };
    for (let round = 0; round < options.rounds; round++) {
      // Neither route is always the first.
      for (const route of round % 2 === 0 ? ROUTES : ROUTES.toReversed()) {
        rounds[route].push(await load(server, route, options.secondsEach));
      }
    }
    const medians = { public: medianOf(rounds.public), protected: medianOf(rounds.protected) };
    return {
      rounds,
      medians,
      ratio: medians.protected.requestsPerSecond / medians.public.requestsPerSecond,
      cpuRatio: medians.public.cpuPerRequest / medians.protected.cpuPerRequest,
      tokens: await server.tokenCosts(options.tokenBatches),
    };
  } finally {
    await server.stop();
  }
}

const PRODUCTION = {
  NODE_ENV: 'production',
  LOG_LEVEL: 'silent',
  ISSUER: 'https://bench.example',
  ACCESS_TOKEN_TTL: '1800',
};

function secrets(): Env {
  return { ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}` };
}

async function load(server: BenchServer, route: Route, duration: number): Promise<RouteCost> {
  const before = await server.cpu();
  const result = await autocannon({
    url: `${server.url}/bench/${route}`,
    connections: CONNECTIONS,
    duration,
    headers: { authorization: `Bearer ${server.token}` },
  });
  const cpu = (await server.cpu()) - before;
  const { errors, timeouts, non2xx, requests } = result;
  if (errors + timeouts + non2xx > 0) {
    throw new Error(`/bench/${route}: ${errors} errors, ${timeouts} timeouts, ${non2xx} answers that are not 2xx`);
  }
  return { requestsPerSecond: requests.total / result.duration, cpuPerRequest: cpu / requests.total };
}

function medianOf(costs: readonly RouteCost[]): RouteCost {
  return {
    requestsPerSecond: median(costs.map(({ requestsPerSecond }) => requestsPerSecond)),
    cpuPerRequest: median(costs.map(({ cpuPerRequest }) => cpuPerRequest)),
  };
}
