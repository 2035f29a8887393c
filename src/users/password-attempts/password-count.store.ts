import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In, MoreThan } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { AccountSettings } from '../../platform/config/settings/account.settings';
import { FIRST_LOCK_SECONDS, LONGEST_LOCK_SECONDS } from '../../platform/rate-limits/growing-lock';
import { UserEntity } from '../accounts/entities/user.entity';
import { KnownDeviceEntity } from './entities/known-device.entity';
import { LoginFailureEntity } from './entities/login-failure.entity';

/** A try that counted. */
export interface CountedTry {
  /** Wrong ones in a row, this one included; 0 after a right one. */
  readonly failures: number;
  /** Set by this very try. */
  readonly lockedUntil: Date | null;
}

interface CountRow {
  readonly failures: number;
  readonly locked_until: Date | null;
}

/**
 * The counts of wrong passwords, of accounts and of known devices. A try is counted, and its outcome decided, by one statement:
 * of many at once each meets the lock that those before it have set, on whatever replica they were.
 */
@Injectable()
export class PasswordCountStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: AccountSettings,
    private readonly clock: Clock,
  ) {}

  /** @returns undefined while the account is locked, for right ones as well, and for an account that does not exist */
  async countOnAccount(tx: EntityManager, userId: string, isRight: boolean): Promise<CountedTry | undefined> {
    const counts = this.tableOf(LoginFailureEntity);
    const users = this.tableOf(UserEntity);
    const [row] = await tx.query<CountRow[]>(
      `INSERT INTO ${counts} AS c (user_id, failures)
       SELECT id, CASE WHEN $2 THEN 0 ELSE 1 END FROM ${users} WHERE id = $1
       ON CONFLICT (user_id) DO UPDATE SET ${CHANGES}
        WHERE ${UNLOCKED}
       RETURNING failures, locked_until`,
      [userId, isRight, this.clock.now(), this.settings.loginMaxFailures],
    );
    return countedTry(row);
  }

  /** @returns undefined while the device is locked, for right ones as well, and when it is known no longer */
  async countOnDevice(tx: EntityManager, deviceId: string, isRight: boolean): Promise<CountedTry | undefined> {
    const [rows] = await tx.query<[CountRow[], number]>(
      `UPDATE ${this.tableOf(KnownDeviceEntity)} AS c
          SET ${CHANGES}, last_used_at = CASE WHEN $2 THEN $3 ELSE c.last_used_at END
        WHERE id = $1 AND ${UNLOCKED}
       RETURNING failures, locked_until`,
      [deviceId, isRight, this.clock.now(), this.settings.loginMaxFailures],
    );
    return countedTry(rows[0]);
  }

  /** Takes a lock that its owner has yet to be told of, and notes that. @returns the account; undefined when there is none */
  async takeUntoldLock(tx: EntityManager): Promise<string | undefined> {
    const counts = this.tableOf(LoginFailureEntity);
    const [rows] = await tx.query<[{ user_id: string }[], number]>(
      `UPDATE ${counts} SET lock_told_at = $1
        WHERE user_id = (
          SELECT user_id FROM ${counts}
           WHERE locked_until > $2 AND (lock_told_at IS NULL OR lock_told_at <= $3)
           LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING user_id`,
      [this.clock.now(), this.clock.in(-TELLABLE_SECONDS), this.clock.in(-TOLD_AGAIN_SECONDS)],
    );
    return rows[0]?.user_id;
  }

  /** Forgives wrong passwords, and the locks they led to. @returns how many locks were lifted */
  async unlock(tx: EntityManager, userId: string): Promise<number> {
    const locked = { userId, lockedUntil: MoreThan(this.clock.now()) };
    const locks = (await tx.countBy(LoginFailureEntity, locked)) + (await tx.countBy(KnownDeviceEntity, locked));
    await tx.delete(LoginFailureEntity, { userId });
    await tx.update(KnownDeviceEntity, { userId }, { failures: 0, lockedUntil: null });
    return locks;
  }

  /** The ends of the locks of these accounts that last still. */
  async locksOf(userIds: readonly string[]): Promise<ReadonlyMap<string, Date>> {
    const lockedUntil = MoreThan(this.clock.now());
    const rows = await this.dataSource
      .getRepository(LoginFailureEntity)
      .findBy({ userId: In([...userIds]), lockedUntil });
    return new Map(rows.flatMap((row) => (row.lockedUntil === null ? [] : [[row.userId, row.lockedUntil] as const])));
  }

  private tableOf(entity: new () => object): string {
    return this.dataSource.getMetadata(entity).tablePath;
  }
}

/** A lock that ended longer ago is no news. */
const TELLABLE_SECONDS = 600;
const TOLD_AGAIN_SECONDS = 86_400;

/** $2: whether the password is right; $3: now; $4: wrong ones before the lock. As `lockSecondsAfter` has it. */
const CHANGES = `
  failures = CASE WHEN $2 THEN 0 ELSE c.failures + 1 END,
  locked_until = CASE WHEN NOT $2 AND c.failures + 1 >= $4::integer
    THEN $3::timestamptz + make_interval(
      secs => LEAST(${FIRST_LOCK_SECONDS} * power(2, LEAST(c.failures + 1 - $4::integer, 30)), ${LONGEST_LOCK_SECONDS}))
    ELSE NULL END`;
const UNLOCKED = `(c.locked_until IS NULL OR c.locked_until <= $3::timestamptz)`;

function countedTry(row: CountRow | undefined): CountedTry | undefined {
  return row && { failures: row.failures, lockedUntil: row.locked_until };
}
