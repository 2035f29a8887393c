import { performance } from 'node:perf_hooks';

/** For the person who waits: what runs now, and since when. On standard error, so that standard output is the report. */
export function progress(what: string): void {
  const seconds = Math.round(performance.now() / 1000);
  process.stderr.write(`[${String(seconds).padStart(3)} s] ${what}\n`);
}
