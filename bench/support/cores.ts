import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A core for the measured server and the others for whatever else runs, where `taskset` can part them. */
const cores = partCores();

/** Whether the measured server has a core of its own. */
export const isPinned = cores !== undefined;

/** The command, kept on the core of the measured server. */
export function onServerCore(command: readonly string[]): readonly string[] {
  return cores ? ['taskset', '-c', cores.server, ...command] : command;
}

/** Keeps this process, which makes the load, off the core of the measured server until `work` is done. */
export async function offServerCore<T>(work: () => Promise<T>): Promise<T> {
  if (cores) keepOn(cores.others);
  try {
    return await work();
  } finally {
    if (cores) keepOn(cores.all);
  }
}

function keepOn(list: string): void {
  execFileSync('taskset', ['-acp', list, String(process.pid)], { stdio: 'ignore' });
}

function partCores(): { readonly server: string; readonly others: string; readonly all: string } | undefined {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    const all = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
    const each = all.split(',').flatMap((range) => {
      const [first = Number.NaN, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
    });
    const server = each.at(-1);
    return server === undefined || each.length < 2
      ? undefined
      : { server: String(server), others: each.slice(0, -1).join(','), all };
  } catch {
    return undefined; // not Linux, or no taskset
  }
}
