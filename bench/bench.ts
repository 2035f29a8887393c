import { existsSync } from 'node:fs';
import { measureAgainstBetterAuth } from './against-better-auth';
import { measureAlgorithms } from './algorithms';
import { type BenchOptions, readOptions } from './options';
import { measureRefresh } from './refresh';
import { describeMachine } from './report/machine';
import { toMarkdown } from './report/markdown';
import type { Results } from './report/results';
import { targetsOf } from './report/targets';
import { writeDocumentation, writeResults } from './report/write';
import { measureStartUp } from './start-up';
import { MAIN } from './support/paths';
import { ThrowAway } from './support/throw-away';

// Many short rounds: what else the machine does then meets both sides of a comparison alike.
const FULL = {
  guard: { rounds: 40, secondsEach: 0.4, tokenBatches: 40 },
  refresh: { warmUpRequests: 5000, rounds: 24, secondsEach: 0.6 },
  betterAuth: { warmUps: 2, rounds: 8, secondsEach: 0.8, codesEach: 60 },
  starts: 3,
};
const QUICK = {
  guard: { rounds: 3, secondsEach: 0.4, tokenBatches: 8 },
  refresh: { warmUpRequests: 500, rounds: 3, secondsEach: 0.5 },
  betterAuth: { warmUps: 1, rounds: 2, secondsEach: 0.4, codesEach: 32 },
  starts: 1,
};

/** PostgreSQL takes part where `TEST_DATABASE_URL` names one. */
async function bench(options: BenchOptions): Promise<number> {
  if (!existsSync(MAIN)) throw new Error('dist/main.js is missing. Run `npm run build` first.');
  const url = process.env['TEST_DATABASE_URL'];
  const machine = describeMachine(url ? 'PostgreSQL' : 'embedded database');
  const throwAway = new ThrowAway();
  try {
    const results: Results = { ...options, machine, ...(await measureParts(options, throwAway, url)) };
    writeResults(results);
    console.log(toMarkdown(results));
    const targets = targetsOf(results);
    for (const { isMet, what, value, limit } of targets) {
      console.log(`${isMet ? 'met   ' : 'MISSED'} ${what}: ${value} (target ${limit})`);
    }
    if (options.isWhole) {
      writeDocumentation(results);
      console.log('docs/benchmarks.md, docs/benchmarks.svg and their caption in README.md are of this run.');
    }
    return targets.every(({ isMet }) => isMet) ? 0 : 1;
  } finally {
    await throwAway.remove();
  }
}

async function measureParts(
  { parts, algorithms, isQuick }: BenchOptions,
  throwAway: ThrowAway,
  url: string | undefined,
): Promise<Pick<Results, 'guard' | 'firstUse' | 'refresh' | 'betterAuth' | 'startUp' | 'leftOut'>> {
  const sizes = isQuick ? QUICK : FULL;
  const { folder } = throwAway;
  const database = async () => (url ? throwAway.postgres(url) : { DATA_DIR: throwAway.dataDir() });
  const wants = { guard: parts.includes('guard'), firstUse: parts.includes('first-use') };
  // Before anything is kept to certain cores.
  const startUp = parts.includes('start-up')
    ? await measureStartUp(throwAway, url ? await throwAway.postgres(url) : undefined, sizes.starts)
    : [];
  const checks =
    wants.guard || wants.firstUse
      ? await measureAlgorithms(folder, database, wants, { ...sizes.guard, algorithms })
      : { guard: [], firstUse: [] };
  const onPostgres = (['refresh', 'better-auth'] as const).filter((part) => parts.includes(part));
  if (url === undefined) return { ...checks, startUp, leftOut: onPostgres };
  return {
    ...checks,
    startUp,
    leftOut: [],
    ...(onPostgres.includes('refresh') && {
      refresh: await measureRefresh(folder, await throwAway.postgres(url), sizes.refresh),
    }),
    ...(onPostgres.includes('better-auth') && {
      betterAuth: await measureAgainstBetterAuth(
        folder,
        await throwAway.postgres(url),
        await throwAway.emptySchema(url),
        sizes.betterAuth,
      ),
    }),
  };
}

Promise.resolve()
  .then(() => bench(readOptions(process.argv.slice(2))))
  .then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    },
  );
