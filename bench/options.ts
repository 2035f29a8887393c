import { type Algorithm, ALGORITHMS } from './algorithms';

export const PARTS = ['guard', 'first-use', 'refresh', 'better-auth', 'start-up'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  /** As it was typed. */
  readonly command: string;
  readonly isQuick: boolean;
  /** Whether all of it was asked for: only that is worth writing into the documentation. */
  readonly isWhole: boolean;
  readonly parts: readonly Part[];
  readonly algorithms: readonly Algorithm[];
}

const USAGE = `npm run bench [-- [--quick] [--only ${PARTS.join('|')}] [--algorithms ${ALGORITHMS.join(',')}]]`;

/** @throws Error that says how it is used */
export function readOptions(args: readonly string[]): BenchOptions {
  let isQuick = false;
  let parts: readonly Part[] = PARTS;
  let algorithms: readonly Algorithm[] = ALGORITHMS;
  const rest = args.flatMap((arg) => arg.split('='));
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--quick') isQuick = true;
    else if (arg === '--only') parts = choose(PARTS, rest.shift());
    else if (arg === '--algorithms') algorithms = choose(ALGORITHMS, rest.shift());
    else throw new Error(`Unknown: ${arg}\n${USAGE}`);
  }
  const isWhole = !isQuick && parts === PARTS && algorithms === ALGORITHMS;
  const command = ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  return { command, isQuick, isWhole, parts, algorithms };
}

function choose<T extends string>(from: readonly T[], list: string | undefined): readonly T[] {
  const names = (list ?? '').split(',');
  const unknown = names.filter((name) => !from.includes(name as T));
  if (unknown.length > 0) throw new Error(`Unknown: ${unknown.join(' ')}\n${USAGE}`);
  return from.filter((name) => names.includes(name));
}
