import type { Cpu } from './messages';

/** CPU time of this process so far, in µs. */
export function cpu(): Cpu {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * Frees what the last measurement left behind, so that the next does not pay for it. The young generation only: a full collection
 * takes the shapes of objects along that compiled code relies on, and that code would have to be compiled again.
 */
export function collectGarbage(): true {
  globalThis.gc?.({ type: 'minor', execution: 'sync' });
  return true;
}
