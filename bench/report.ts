import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { CONNECTIONS, type GuardCost } from './guard-cost';
import type { StartUp } from './start-up';
import { RESULTS } from './support/paths';

export const TARGETS = { ratio: 0.8, microsecondsAboveVerify: 20 };

export interface Results {
  readonly command: string;
  readonly machine: Machine;
  readonly guard: GuardCost;
  readonly startUp: readonly StartUp[];
}

interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly node: string;
  readonly platform: string;
  /** Where the measured routes found their keys and revocations. */
  readonly database: string;
  /** Of the minute before: what else ran. */
  readonly loadAverage: number;
}

export function describeMachine(database: string): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    database,
    loadAverage: loadavg()[0] ?? Number.NaN,
  };
}

/** What was missed, in words. */
export function missedTargets({ guard, startUp }: Results): string[] {
  const above = guard.tokens.firstUse - guard.tokens.verifyAlone;
  return [
    ...(guard.ratio < TARGETS.ratio ? [`The protected route reaches ${guard.ratio.toFixed(3)} of the open one`] : []),
    ...(above > TARGETS.microsecondsAboveVerify
      ? [`The first use of a token costs ${above.toFixed(0)} µs more than verifying it`]
      : []),
    ...startUp
      .filter(({ seconds, target }) => seconds > target)
      .map(({ way, database, seconds }) => `${way} (${database}) takes ${seconds.toFixed(2)} s`),
  ];
}

export function toMarkdown(results: Results): string {
  const { machine, guard, startUp, command } = results;
  const { medians, ratio, cpuRatio, tokens } = guard;
  const row = (...cells: (string | number)[]) => `| ${cells.join(' | ')} |`;
  const requests = (perSecond: number) => Math.round(perSecond).toLocaleString('en');
  const above = tokens.firstUse - tokens.verifyAlone;
  return [
    `\`${command}\` on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.platform}, Node.js ${machine.node}, ${machine.database}; load average at the beginning ${machine.loadAverage.toFixed(1)}.`,
    '',
    `### A protected route (${CONNECTIONS} connections, ${guard.rounds.public.length} rounds in turn, medians, no errors)`,
    '',
    row('', 'requests/s', 'server CPU, µs a request'),
    row('---', '--:', '--:'),
    row('`@Public()`', requests(medians.public.requestsPerSecond), medians.public.cpuPerRequest.toFixed(1)),
    row('`@RequireMfa()`', requests(medians.protected.requestsPerSecond), medians.protected.cpuPerRequest.toFixed(1)),
    row('**ratio**', `**${ratio.toFixed(3)}** (target ${TARGETS.ratio})`, cpuRatio.toFixed(3)),
    '',
    '### Checking one token (ES256, without HTTP)',
    '',
    row('', 'CPU, µs'),
    row('---', '--:'),
    row('`jsonwebtoken.verify` alone', tokens.verifyAlone.toFixed(1)),
    row('the guard, first use of a token', tokens.firstUse.toFixed(1)),
    row('the guard, every later use', tokens.laterUse.toFixed(1)),
    row('first use above `verify`', `${above.toFixed(1)} (target ${TARGETS.microsecondsAboveVerify})`),
    '',
    `### From the start to the first answer (${startUp[0]?.starts.length ?? 0} in turn, medians)`,
    '',
    row('database', 'command', 'seconds', 'fastest', 'CPU seconds', 'target'),
    row('---', '---', '--:', '--:', '--:', '--:'),
    ...startUp.map(({ database, way, starts, seconds, cpuSeconds, target }) =>
      row(database, `\`${way}\``, seconds.toFixed(2), fastest(starts), cpuSeconds?.toFixed(2) ?? '', target),
    ),
    '',
  ].join('\n');
}

function fastest(starts: StartUp['starts']): string {
  return Math.min(...starts.map(({ seconds }) => seconds)).toFixed(2);
}

/** Keeps the results of this run beside those in words. */
export function writeResults(results: Results): void {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, 'latest.json'), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(RESULTS, 'latest.md'), toMarkdown(results));
}
