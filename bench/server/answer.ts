import type { Cpu } from './messages';

/** CPU time of this process so far, in µs. */
export function cpu(): Cpu {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Frees what nobody needs any more, so that the next measurement does not pay for it. */
export function collectGarbage(): true {
  globalThis.gc?.();
  return true;
}
