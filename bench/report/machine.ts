import { cpus, loadavg, totalmem } from 'node:os';
import { isPinned } from '../support/cores';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly node: string;
  readonly platform: string;
  readonly database: string;
  /** Whether the measured server had a core of its own. */
  readonly isPinned: boolean;
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
    isPinned,
    loadAverage: loadavg()[0] ?? Number.NaN,
  };
}

export function inWords(machine: Machine): string {
  const { cpu, cores, memoryGib, platform, node, database, loadAverage } = machine;
  const pinned = machine.isPinned ? 'the server on a core of its own' : 'the server shares its cores with the load';
  return `${cpu}, ${cores} cores, ${memoryGib} GiB, ${platform}, Node.js ${node}, ${database}; ${pinned}; load average at the beginning ${loadAverage.toFixed(1)}`;
}

/** What to say of the figures where other work kept the machine busy; nothing where it was idle. */
export function caveat({ cores, loadAverage }: Machine): string[] {
  const isBusy = loadAverage > cores / 2;
  return isBusy
    ? ['Other work kept the machine busy meanwhile, which blurs every figure: repeat the run on an idle one.']
    : [];
}
