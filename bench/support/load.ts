import autocannon from 'autocannon';
import { performance } from 'node:perf_hooks';
import type { MeasuredServer } from './measured-server';
import { CONNECTIONS } from './settings';
import { median } from './statistics';

/** How often the load generator looks whether the time is over. */
const SAMPLE_MS = 25;

export interface Cost {
  readonly requestsPerSecond: number;
  /** µs of the server process. */
  readonly cpuPerRequest: number;
  /** How much of one core the server used: near 1, it was the server that set the pace. */
  readonly utilization: number;
}

/** @param drive resolves to how many requests it made */
export async function measure(server: MeasuredServer, drive: () => Promise<number>): Promise<Cost> {
  await server.collectGarbage();
  const before = await server.cpu();
  const began = performance.now();
  const requests = await drive();
  const seconds = (performance.now() - began) / 1000;
  const cpu = (await server.cpu()) - before;
  return {
    requestsPerSecond: requests / seconds,
    cpuPerRequest: cpu / requests,
    utilization: cpu / 1_000_000 / seconds,
  };
}

/** The same request again and again. Any answer but a 2xx is an error. */
export function load(
  server: MeasuredServer,
  path: string,
  headers: Readonly<Record<string, string>>,
  seconds: number,
): Promise<Cost> {
  return measure(server, async () => {
    const { errors, timeouts, non2xx, requests } = await autocannon({
      url: `${server.url}${path}`,
      connections: CONNECTIONS,
      duration: seconds,
      sampleInt: SAMPLE_MS,
      headers,
    });
    if (errors + timeouts + non2xx > 0) {
      throw new Error(`${path}: ${errors} errors, ${timeouts} timeouts, ${non2xx} answers that are not 2xx`);
    }
    return requests.total;
  });
}

/** Each of `steps` over and over, one after the other in itself and beside the others, for so long. */
export function repeat(
  server: MeasuredServer,
  steps: readonly (() => Promise<unknown>)[],
  seconds: number,
): Promise<Cost> {
  return measure(server, async () => {
    const until = performance.now() + seconds * 1000;
    let requests = 0;
    await Promise.all(
      steps.map(async (step) => {
        while (performance.now() < until) {
          await step();
          requests++;
        }
      }),
    );
    return requests;
  });
}

export function medianOf(costs: readonly Cost[]): Cost {
  return {
    requestsPerSecond: median(costs.map(({ requestsPerSecond }) => requestsPerSecond)),
    cpuPerRequest: median(costs.map(({ cpuPerRequest }) => cpuPerRequest)),
    utilization: median(costs.map(({ utilization }) => utilization)),
  };
}
