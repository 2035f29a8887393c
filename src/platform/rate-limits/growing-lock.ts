export const FIRST_LOCK_SECONDS = 30;
export const LONGEST_LOCK_SECONDS = 3600;

/** Seconds of a lock after so many consecutive failures: 30 s, doubling up to an hour. */
export function lockSecondsAfter(failures: number, maxFailures: number): number {
  if (failures < maxFailures) return 0;
  return Math.min(FIRST_LOCK_SECONDS * 2 ** (failures - maxFailures), LONGEST_LOCK_SECONDS);
}
