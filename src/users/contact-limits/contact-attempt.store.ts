import { Injectable } from '@nestjs/common';
import { type EntityManager, LessThanOrEqual } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { MacKeys } from '../../platform/crypto/mac-keys';
import type { AttemptLimit } from './attempt-limits';
import { ContactAttemptEntity } from './entities/contact-attempt.entity';

const PURPOSE = 'contact-attempt';

/** Every statement on `contact_attempts`. */
@Injectable()
export class ContactAttemptStore {
  constructor(
    private readonly macKeys: MacKeys,
    private readonly clock: Clock,
  ) {}

  /**
   * Counts one attempt if the limit leaves room for it. One statement: of any number at once, no more than the limit pass.
   *
   * @returns undefined when it was counted, else the seconds until there is room
   */
  async take(tx: EntityManager, limit: AttemptLimit): Promise<number | undefined> {
    const now = this.clock.now();
    const counted = await tx.query<unknown[]>(
      `INSERT INTO ${tx.dataSource.getMetadata(ContactAttemptEntity).tablePath} AS a
              (kind, subject, span_seconds, attempts, ends_at)
       VALUES ($1, $2, $3, 1, $4)
       ON CONFLICT (kind, subject, span_seconds) DO UPDATE
          SET attempts = CASE WHEN a.ends_at <= $5 THEN 1 ELSE a.attempts + 1 END,
              ends_at = CASE WHEN a.ends_at <= $5 THEN EXCLUDED.ends_at ELSE a.ends_at END
        WHERE a.ends_at <= $5 OR a.attempts < $6
       RETURNING attempts`,
      [limit.kind, this.subjectOf(limit), limit.spanSeconds, this.clock.in(limit.spanSeconds), now, limit.most],
    );
    // What was not counted is refused, also where the span has ended since.
    return counted.length > 0 ? undefined : ((await this.secondsUntilRoom(tx, limit)) ?? 1);
  }

  /** Seconds until there is room for one more; undefined when there is room now. */
  async secondsUntilRoom(tx: EntityManager, limit: AttemptLimit): Promise<number | undefined> {
    const { kind, spanSeconds, most } = limit;
    const row = await tx.findOneBy(ContactAttemptEntity, { kind, subject: this.subjectOf(limit), spanSeconds });
    const left = row === null ? 0 : Math.ceil((row.endsAt.getTime() - this.clock.now().getTime()) / 1000);
    return row === null || left <= 0 || row.attempts < most ? undefined : left;
  }

  async clear(tx: EntityManager, limit: AttemptLimit): Promise<void> {
    const { kind, spanSeconds } = limit;
    await tx.delete(ContactAttemptEntity, { kind, subject: this.subjectOf(limit), spanSeconds });
  }

  async dropEnded(tx: EntityManager): Promise<void> {
    await tx.delete(ContactAttemptEntity, { endsAt: LessThanOrEqual(this.clock.now()) });
  }

  private subjectOf({ kind, subject }: AttemptLimit): Buffer {
    return this.macKeys.sign(PURPOSE, [kind, ...subject].join('\0')).digest;
  }
}
