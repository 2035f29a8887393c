import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Transactions } from '../../platform/database/transactions';
import { Notices } from '../notices/notices';
import { PasswordCountStore } from './password-count.store';

/** The shortest lock lasts thrice as long. */
const EVERY_MS = 10_000;

/**
 * Tells owners that wrong passwords locked their account. Beside the sign-in, and not in it: how long an answer takes would
 * else tell that there is such an account.
 */
@Injectable()
export class LockNotices {
  constructor(
    private readonly transactions: Transactions,
    private readonly counts: PasswordCountStore,
    private readonly notices: Notices,
  ) {}

  /** Tells each owner once a day at most, whatever is guessed: nobody can flood them. */
  @Interval(EVERY_MS)
  async tell(): Promise<void> {
    while (await this.tellOne());
  }

  /** One a transaction: a sign-in to this account waits for it. */
  private async tellOne(): Promise<boolean> {
    return this.transactions.run(async (tx) => {
      const userId = await this.counts.takeUntoldLock(tx);
      if (userId === undefined) return false;
      await this.notices.send(tx, userId, { kind: 'account-locked' });
      return true;
    });
  }
}
