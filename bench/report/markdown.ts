import type { AgainstBetterAuth } from '../against-better-auth';
import type { FirstUse } from '../first-use';
import type { GuardCost } from '../guard-cost';
import type { RefreshCost } from '../refresh';
import type { StartUp } from '../start-up';
import { CONNECTIONS, POOL_SIZE } from '../support/settings';
import type { Spread } from '../support/statistics';
import { caveat, inWords } from './machine';
import type { Results } from './results';
import { TARGETS, targetsOf } from './targets';

/** The figures as tables. Medians; in brackets, between which two values the middle half of the rounds lies. */
export function toMarkdown(results: Results): string {
  const { command, machine, guard, firstUse, refresh, betterAuth, startUp, leftOut } = results;
  const targets = targetsOf(results);
  const missed = targets.filter(({ isMet }) => !isMet);
  const sections = [
    [`\`${command}\` on ${inWords(machine)}.`],
    caveat(machine),
    missed.length === 0
      ? targets.slice(0, 1).map(() => 'All targets are met.')
      : ['Missed in this run:', '', ...missed.map(({ what, value, limit }) => `- ${what}: ${value} (target ${limit})`)],
    leftOut.length === 0
      ? []
      : [`Left out, since \`TEST_DATABASE_URL\` names no PostgreSQL to compare on: ${leftOut.join(', ')}.`],
    guard.length === 0 ? [] : guardTable(guard),
    firstUse.length === 0 ? [] : firstUseTable(firstUse),
    refresh ? refreshTable(refresh) : [],
    betterAuth ? betterAuthTable(betterAuth) : [],
    startUp.length === 0 ? [] : startUpTable(startUp),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function guardTable(guard: readonly GuardCost[]): string[] {
  return [
    `### Behind the guard, beside \`@Public()\` (${CONNECTIONS} connections, ${guard[0]?.rounds.length ?? 0} rounds)`,
    '',
    ...table(
      ['algorithm', 'requests/s open', 'guarded', 'ratio', 'server CPU open, µs', 'guarded', 'added, µs'],
      guard.map(({ algorithm, medians: { public: open, protected: guarded }, ratio, added }) => [
        algorithm,
        whole(open.requestsPerSecond),
        whole(guarded.requestsPerSecond),
        `**${ratio.median.toFixed(3)}** ${between(ratio, 3)}`,
        open.cpuPerRequest.toFixed(1),
        guarded.cpuPerRequest.toFixed(1),
        `**${added.median.toFixed(1)}** ${between(added, 1)}`,
      ]),
    ),
    '',
    `Targets: a ratio of at least ${TARGETS.guardRatio}, at most ${TARGETS.guardMicroseconds} µs. The server used ${utilization(guard)} % of its core.`,
  ];
}

function utilization(guard: readonly GuardCost[]): string {
  const shares = guard.flatMap(({ medians }) => [medians.public.utilization, medians.protected.utilization]);
  return [Math.min(...shares), Math.max(...shares)].map((share) => (share * 100).toFixed(0)).join(' to ');
}

function firstUseTable(firstUse: readonly FirstUse[]): string[] {
  return [
    `### Checking one token, without HTTP (${firstUse[0]?.batches ?? 0} batches of 250)`,
    '',
    ...table(
      ['algorithm', 'passport-jwt alone, µs', 'guard, first use', 'above passport-jwt', 'guard, every later use'],
      firstUse.map((cost) => [
        cost.algorithm,
        cost.passportJwt.toFixed(1),
        cost.firstUse.toFixed(1),
        `**${cost.added.median.toFixed(1)}** ${between(cost.added, 1)}`,
        cost.laterUse.toFixed(1),
      ]),
    ),
    '',
    `Target: at most ${TARGETS.firstUseMicroseconds} µs above passport-jwt.`,
  ];
}

function refreshTable({ ours, bare, ratio, rounds }: RefreshCost): string[] {
  return [
    `### A refresh (${CONNECTIONS} sessions, ${POOL_SIZE} connections to PostgreSQL, ${rounds.length} rounds)`,
    '',
    ...table(
      ['', 'server CPU, µs', 'requests/s'],
      [
        ['`POST /v1/auth/refresh`', ours.cpuPerRequest.toFixed(0), whole(ours.requestsPerSecond)],
        ['one UPDATE and one signature on bare Fastify', bare.cpuPerRequest.toFixed(0), whole(bare.requestsPerSecond)],
        ['**ratio**', `**${ratio.median.toFixed(2)}** ${between(ratio, 2)}`, ''],
      ],
    ),
    '',
    `Target: at most ${TARGETS.refreshRatio} times the CPU.`,
  ];
}

function betterAuthTable({ version, compared }: AgainstBetterAuth): string[] {
  return [
    `### Beside better-auth ${version} (${CONNECTIONS} connections, ${POOL_SIZE} to PostgreSQL, ${compared[0]?.rounds.length ?? 0} rounds)`,
    '',
    ...table(
      ['', '', 'server CPU, µs', 'a second', 'what is done'],
      compared.map(({ task, whose, medians, cpu, what }, index) => [
        compared[index - 1]?.task === task ? '' : `**${task}**`,
        whose,
        `**${cpu.median.toFixed(0)}** ${between(cpu, 0)}`,
        whole(medians.requestsPerSecond),
        what,
      ]),
      ['left', 'left', 'right', 'right', 'left'],
    ),
  ];
}

function startUpTable(startUp: readonly StartUp[]): string[] {
  return [
    `### From the start to the first answer (${startUp[0]?.starts.length ?? 0} in turn)`,
    '',
    ...table(
      ['database', 'command', 'seconds', 'fastest', 'CPU seconds', 'target'],
      startUp.map(({ database, way, starts, seconds, cpuSeconds, target }) => [
        database,
        `\`${way}\``,
        seconds.toFixed(2),
        Math.min(...starts.map((start) => start.seconds)).toFixed(2),
        cpuSeconds?.toFixed(2) ?? '',
        String(target),
      ]),
      ['left', 'left', 'right', 'right', 'right', 'right'],
    ),
  ];
}

type Alignment = 'left' | 'right';

/** The first column is words, the others figures, unless said otherwise. */
function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  alignment: readonly Alignment[] = head.map((_, column) => (column === 0 ? 'left' : 'right')),
): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(alignment.map((side) => (side === 'left' ? '---' : '--:'))), ...rows.map(line)];
}

function between({ low, high }: Spread, digits: number): string {
  return `(${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
