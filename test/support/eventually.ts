import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 20;

/** Waits for what happens beside the test, a mail that arrives say, for ten seconds at most. @returns what came */
export async function eventually<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let tries = 10_000 / EVERY_MS; tries > 0; tries--) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(EVERY_MS);
  }
  throw new Error('It did not happen within ten seconds.');
}
