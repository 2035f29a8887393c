import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CountersignPerson } from '../people/countersign-person';
import { describeMachine } from '../report/machine';
import { AUDIT_MODES, type AuditMode } from '../server/audit-switch';
import { offServerCore } from '../support/cores';
import { JsonClient, makeMany } from '../support/json-client';
import { type Cost, medianOf, repeat } from '../support/load';
import { type Countersign, startCountersign } from '../support/measured-server';
import { DOCS, MAIN } from '../support/paths';
import { CONNECTIONS, settings } from '../support/settings';
import { type Spread, spread } from '../support/statistics';
import { type Env, ThrowAway } from '../support/throw-away';

const PAGE = join(DOCS, 'audit.md');
const BEGINNING = '<!-- results of `npm run bench:audit`, written by it -->';
const END = '<!-- end of results -->';
const FULL = { warmUps: 6, rounds: 20, secondsEach: 1.2 };
const QUICK = { warmUps: 2, rounds: 4, secondsEach: 1.2 };

const BUSY = `
Other work kept the machine busy meanwhile, which blurs every figure: repeat the run on an idle one.
`;

type Costs = Readonly<Record<AuditMode, Cost>>;
interface Side {
  readonly server: Countersign;
  readonly client: JsonClient;
  readonly steps: readonly (() => Promise<unknown>)[];
}

/** Refreshes, with which the audit weighs most: there is one row written besides. `--quick` writes nothing. */
async function run(args: readonly string[]): Promise<void> {
  if (!existsSync(MAIN)) throw new Error('dist/main.js is missing. Run `npm run build` first.');
  const url = process.env['TEST_DATABASE_URL'];
  if (!url) throw new Error('This needs a PostgreSQL: set TEST_DATABASE_URL=postgres://…');
  const isQuick = args.includes('--quick');
  const machine = describeMachine('PostgreSQL');
  const throwAway = new ThrowAway();
  const sides = new Map<AuditMode, Side>();
  try {
    for (const mode of AUDIT_MODES) sides.set(mode, await begin(throwAway.folder, await throwAway.postgres(url), mode));
    const rounds = await offServerCore(() => inTurn(sides, isQuick ? QUICK : FULL));
    const { cpu, cores, memoryGib, platform, node, isPinned, loadAverage } = machine;
    const text = `\`${['npm run bench:audit', ...args].join(' -- ')}\` on ${cpu}, ${cores} cores, ${memoryGib} GiB, ${platform}, Node.js ${node}, PostgreSQL; the server ${isPinned ? 'on a core of its own' : 'shares its cores with the load'}; load average at the beginning ${loadAverage.toFixed(1)}.
${loadAverage > 1 ? BUSY : ''}

${table(rounds)}
`;
    console.log(text);
    if (!isQuick) writeResults(text);
  } finally {
    for (const { client, server } of sides.values()) {
      client.close();
      await server.stop();
    }
    await throwAway.remove();
  }
}

async function begin(cwd: string, database: Env, mode: AuditMode): Promise<Side> {
  const server = await startCountersign(cwd, { ...settings(), ...database, BENCH_AUDIT: mode });
  const client = new JsonClient(server.url);
  const people = await makeMany(CONNECTIONS, () => CountersignPerson.register(client));
  return { server, client, steps: people.map((person) => () => person.refresh()) };
}

async function inTurn(
  sides: ReadonlyMap<AuditMode, Side>,
  { warmUps, rounds: count, secondsEach }: typeof FULL,
): Promise<Costs[]> {
  const rounds: Costs[] = [];
  for (let round = -warmUps; round < count; round++) {
    const costs: Partial<Record<AuditMode, Cost>> = {};
    // None is always the first.
    for (const [mode, { server, steps }] of round % 2 === 0 ? [...sides] : [...sides].toReversed()) {
      costs[mode] = await repeat(server, steps, secondsEach);
    }
    if (round >= 0) rounds.push(costs as Costs);
  }
  return rounds;
}

function table(rounds: readonly Costs[]): string {
  const rows = AUDIT_MODES.map((mode) => {
    const { requestsPerSecond, cpuPerRequest } = medianOf(rounds.map((round) => round[mode]));
    const to = (of: (cost: Cost) => number) => inWords(spread(rounds.map((round) => of(round[mode]) / of(round.none))));
    return `| ${IN_WORDS[mode]} | ${requestsPerSecond.toFixed(0)} | ${to((cost) => cost.requestsPerSecond)} | ${cpuPerRequest.toFixed(0)} | ${to((cost) => cost.cpuPerRequest)} |`;
  });
  return [
    '| refresh | requests/s | to the first | server CPU, µs | to the first |',
    '| --- | --: | --: | --: | --: |',
    ...rows,
  ].join('\n');
}

const IN_WORDS: Readonly<Record<AuditMode, string>> = {
  none: 'without audit',
  unsealed: 'with its event',
  sealed: 'with its event, and the sealer at work',
};

function inWords({ median, low, high }: Spread): string {
  return `**${median.toFixed(2)}** (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

function writeResults(text: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const [before = ''] = page.split(BEGINNING);
  writeFileSync(PAGE, `${before}${BEGINNING}\n\n${text}\n${page.slice(page.indexOf(END))}`);
}

run(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
