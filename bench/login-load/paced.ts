import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const TICK_MS = 5;

/**
 * Begins something so many times a second, whether or not what was begun before has ended: people do not wait for each other.
 *
 * @returns what came of each
 */
export async function paced<T>(perSecond: number, seconds: number, begin: (index: number) => Promise<T>): Promise<T[]> {
  const begun: Promise<T>[] = [];
  const start = performance.now();
  for (let elapsed = 0; elapsed < seconds; elapsed = (performance.now() - start) / 1000) {
    const due = Math.floor(elapsed * perSecond);
    while (begun.length < due) begun.push(begin(begun.length));
    await sleep(TICK_MS);
  }
  return Promise.all(begun);
}
