import { existsSync } from 'node:fs';
import { measureGuardCost } from './guard-cost';
import { describeMachine, missedTargets, type Results, toMarkdown, writeResults } from './report';
import { measureStartUp } from './start-up';
import { MAIN } from './support/paths';
import { ThrowAway } from './support/throw-away';

// Many short rounds: what else the machine does then meets both routes alike.
const FULL = { rounds: 15, secondsEach: 3, tokenBatches: 40, starts: 3 };
const QUICK = { rounds: 3, secondsEach: 2, tokenBatches: 10, starts: 1 };

/** `npm run bench [-- --quick]`; PostgreSQL takes part where `TEST_DATABASE_URL` names one. */
async function bench(args: readonly string[]): Promise<number> {
  const unknown = args.filter((arg) => arg !== '--quick');
  if (unknown.length > 0) throw new Error(`Unknown: ${unknown.join(' ')}. There is only --quick.`);
  if (!existsSync(MAIN)) throw new Error('dist/main.js is missing. Run `npm run build` first.');
  const isQuick = args.includes('--quick');
  const options = isQuick ? QUICK : FULL;
  const url = process.env['TEST_DATABASE_URL'];
  const machine = describeMachine(url ? 'PostgreSQL' : 'embedded database');
  const throwAway = new ThrowAway();
  try {
    const postgres = url ? await throwAway.postgres(url) : undefined;
    const startUp = await measureStartUp(throwAway, postgres, options.starts);
    const routes = url ? await throwAway.postgres(url) : { DATA_DIR: throwAway.dataDir() };
    const guard = await measureGuardCost(throwAway.folder, routes, options);
    const results: Results = { command: `npm run bench${isQuick ? ' -- --quick' : ''}`, machine, guard, startUp };
    writeResults(results);
    const missed = missedTargets(results);
    console.log(toMarkdown(results));
    console.log(missed.length > 0 ? `Missed:\n- ${missed.join('\n- ')}` : 'All targets are met.');
    return missed.length > 0 ? 1 : 0;
  } finally {
    await throwAway.remove();
  }
}

bench(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
