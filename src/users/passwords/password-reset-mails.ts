import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { UserEntity } from '../accounts/entities/user.entity';
import { PasswordResetMailEntity } from './entities/password-reset-mail.entity';

const MAX_MAILS = 3;
const PER_SECONDS = 3600;

/** Where a link to choose a new password may go. */
export interface ResetRecipient {
  readonly email: string;
  readonly locale: string | null;
}

/** Links that go to an account: three an hour, however often somebody asks. */
@Injectable()
export class PasswordResetMails {
  constructor(private readonly clock: Clock) {}

  /**
   * Counts a link before it is made. One statement, whatever the account is like; of several at once, one after the other.
   *
   * @returns undefined when the account is not there, disabled, has no verified address, or has had its links
   */
  async count(tx: EntityManager, userId: string): Promise<ResetRecipient | undefined> {
    const users = tx.dataSource.getMetadata(UserEntity).tablePath;
    const mails = tx.dataSource.getMetadata(PasswordResetMailEntity).tablePath;
    const [recipient] = await tx.query<ResetRecipient[]>(
      `WITH counted AS (
         INSERT INTO ${mails} AS m (user_id, counted_since, mails)
         SELECT id, $2, 1 FROM ${users} WHERE id = $1 AND status = 'active' AND email_verified_at IS NOT NULL
         ON CONFLICT (user_id) DO UPDATE
            SET mails = CASE WHEN m.counted_since <= $3 THEN 1 ELSE m.mails + 1 END,
                counted_since = CASE WHEN m.counted_since <= $3 THEN $2 ELSE m.counted_since END
          WHERE m.counted_since <= $3 OR m.mails < ${MAX_MAILS}
         RETURNING user_id)
       SELECT email, locale FROM ${users} JOIN counted ON user_id = id`,
      [userId, this.clock.now(), this.clock.in(-PER_SECONDS)],
    );
    return recipient;
  }
}
