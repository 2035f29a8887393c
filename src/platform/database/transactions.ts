import { Injectable } from '@nestjs/common';
import { DataSource, QueryFailedError, type EntityManager } from 'typeorm';
import { errorCodeOf } from './error-code';

const MAX_TRIES = 3;
/** serialization_failure and deadlock_detected: PostgreSQL asks for the same work once more. */
const REPEATABLE = new Set(['40001', '40P01']);

/** What is to happen after the commit, by the transaction that began it. */
const waiting = new WeakMap<EntityManager, (() => void)[]>();

/**
 * Has something done once the transaction is committed, and never if it is not: a number that is counted, say. Not for what
 * must not be lost: the process may end in between.
 *
 * A transaction that `Transactions` did not begin tells nothing of its end: then it is done at once.
 *
 * @param act short, and without I/O
 */
export function afterCommit(tx: EntityManager, act: () => void): void {
  const acts = waiting.get(tx);
  if (acts === undefined) act();
  else acts.push(act);
}

/** Runs work in a transaction. */
@Injectable()
export class Transactions {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Commits what `work` did, or nothing of it if it throws. Work that met a serialization failure or a deadlock is done
   * again, three times in all, so it must have no effects outside the database.
   *
   * Whatever must outlive a refusal (a counted failure, a session ended after reuse) must not be thrown away with it:
   * return a result, and throw after the commit.
   *
   * Use `tx` for every statement. A repository of the pool takes a second connection, which on a busy pool, and always
   * on the embedded database, waits for this very transaction.
   *
   * @example
   * const outcome = await transactions.run(async (tx) => {
   *   await tx.increment(LoginFailure, { userId }, 'count', 1);
   *   return 'refused' as const;
   * });
   * if (outcome === 'refused') throw invalidCredentials();
   */
  async run<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.once(work);
      } catch (error) {
        if (tries === MAX_TRIES || !isRepeatable(error)) throw error;
      }
    }
  }

  /**
   * Runs work that writes by one statement at most, as its last act, and so needs no transaction. What `afterCommit` was given
   * is done only if something is returned: undefined means that nothing was written. All of it on one connection, which is
   * taken out of the pool once.
   */
  async direct<T>(work: (db: EntityManager) => Promise<T | undefined>): Promise<T | undefined> {
    const acts: (() => void)[] = [];
    const runner = this.dataSource.createQueryRunner();
    waiting.set(runner.manager, acts);
    try {
      const result = await work(runner.manager);
      if (result !== undefined) for (const act of acts) act();
      return result;
    } finally {
      await runner.release();
    }
  }

  private async once<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    const acts: (() => void)[] = [];
    const result = await this.dataSource.transaction((tx) => {
      waiting.set(tx, acts);
      return work(tx);
    });
    for (const act of acts) act();
    return result;
  }
}

function isRepeatable(error: unknown): boolean {
  // Told in other words, a failed query is the cause.
  // The commit itself may fail this way, and then the driver's own error arrives.
  const failure: unknown = error instanceof Error && error.cause instanceof QueryFailedError ? error.cause : error;
  const cause: unknown = failure instanceof QueryFailedError ? failure.driverError : failure;
  return REPEATABLE.has(errorCodeOf(cause) ?? '');
}
