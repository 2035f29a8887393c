import { type FirstUse, measureFirstUse } from './first-use';
import { type GuardCost, type GuardCostOptions, measureGuardCost } from './guard-cost';
import { offServerCore } from './support/cores';
import { startCountersign } from './support/measured-server';
import { progress } from './support/progress';
import { settings } from './support/settings';
import type { Env } from './support/throw-away';

/** What `SIGNING_ALGORITHM` takes. */
export const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'HS256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export interface AlgorithmOptions extends GuardCostOptions {
  readonly algorithms: readonly Algorithm[];
  readonly tokenBatches: number;
}

/** What is measured with tokens of each algorithm, on a server of its own. */
export async function measureAlgorithms(
  cwd: string,
  database: () => Promise<Env>,
  parts: { readonly guard: boolean; readonly firstUse: boolean },
  options: AlgorithmOptions,
): Promise<{ guard: GuardCost[]; firstUse: FirstUse[] }> {
  const guard: GuardCost[] = [];
  const firstUse: FirstUse[] = [];
  for (const algorithm of options.algorithms) {
    const server = await startCountersign(cwd, {
      ...settings(),
      ...(await database()),
      SIGNING_ALGORITHM: algorithm,
    });
    try {
      if (server.ready.algorithm !== algorithm) {
        throw new Error(`SIGNING_ALGORITHM=${algorithm}, but the tokens are signed with ${server.ready.algorithm}`);
      }
      if (parts.guard) {
        progress(`What a guard costs, ${algorithm}: ${options.rounds} rounds of ${2 * options.secondsEach} s`);
        guard.push(await offServerCore(() => measureGuardCost(server, options)));
      }
      if (parts.firstUse) {
        progress(`The first use of a token, ${algorithm}: ${options.tokenBatches} batches`);
        firstUse.push(await measureFirstUse(server, options.tokenBatches));
      }
    } finally {
      await server.stop();
    }
  }
  return { guard, firstUse };
}
