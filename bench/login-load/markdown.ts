import { caveat, inWords, type Machine } from '../report/machine';
import { median } from '../support/statistics';
import { type LoginLoad, OVERLOAD } from './measure';

const MOST_TIMES = 3;

export function isMet({ ratio, rounds }: LoginLoad): boolean {
  return ratio.median <= MOST_TIMES && rounds.every(({ lost }) => lost === 0);
}

/** Medians; in brackets, between which two values the middle half of the rounds lies. */
export function loginLoadMarkdown(command: string, machine: Machine, results: readonly LoginLoad[]): string {
  const verdict = results.every(isMet) ? 'The targets are met.' : 'Targets are missed in this run.';
  return [
    `\`${command}\` on ${inWords({ ...machine, isPinned: false })}.`,
    ...caveat(machine).flatMap((line) => ['', line]),
    '',
    `${verdict} At most ${MOST_TIMES} times the latency, and no accepted login lost.`,
    '',
    '| `HASH_CONCURRENCY` | logins/s, no overload | guarded GET idle, ms | with the logins, ms | times | accepted/s | 503 | lost |',
    '| --- | --: | --: | --: | --: | --: | --: | --: |',
    ...results.map(row),
    '',
    `Logins arrived ${OVERLOAD} times as fast as in the second column.`,
  ].join('\n');
}

function row({ hashConcurrency, capacity, rounds, ratio, acceptedPerSecond }: LoginLoad): string {
  const sum = (of: 'busy' | 'lost') => rounds.reduce((total, round) => total + round[of], 0);
  const cells = [
    hashConcurrency ?? 'default',
    capacity.toFixed(0),
    median(rounds.map(({ idle }) => idle)).toFixed(2),
    median(rounds.map(({ loaded }) => loaded)).toFixed(2),
    `**${ratio.median.toFixed(2)}** (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})`,
    acceptedPerSecond.toFixed(0),
    sum('busy'),
    sum('lost'),
  ];
  return `| ${cells.join(' | ')} |`;
}
