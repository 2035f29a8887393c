/**
 * Says to every other process at once that there may be news, and no more than that: what the news are, the database knows. A
 * hint may be lost, or come from anybody who reaches the Redis, so nothing may depend on one.
 */
export abstract class Hints {
  /** Returns at once and never fails. */
  abstract send(channel: string): void;

  /** Calls `listener` for each hint of another process. */
  abstract listen(channel: string, listener: () => void): void;
}
