import { Injectable } from '@nestjs/common';
import { type EntityManager, MoreThan } from 'typeorm';
import { returnedRows } from '../../platform/database/returned-rows';
import { SessionEntity } from './entities/session.entity';

/** Wrong passwords in a row that somebody signed in has shown, by session. */
@Injectable()
export class SessionPasswordCounts {
  /**
   * Counts a password before it is checked, as if it were wrong.
   *
   * @returns how many it has been in a row; undefined when the session is over, or has had `most`
   */
  async count(tx: EntityManager, sessionId: string, most: number): Promise<number | undefined> {
    const counted = await tx
      .createQueryBuilder()
      .update(SessionEntity)
      .set({ wrongPasswords: () => 'wrong_passwords + 1' })
      .where('id = :sessionId AND revoked_at IS NULL AND wrong_passwords < :most', { sessionId, most })
      .returning('wrong_passwords')
      .execute();
    return returnedRows<{ wrong_passwords: number }>(counted)[0]?.wrong_passwords;
  }

  /** The one counted last was not checked. */
  async uncount(tx: EntityManager, sessionId: string): Promise<void> {
    await tx.decrement(SessionEntity, { id: sessionId, wrongPasswords: MoreThan(0) }, 'wrongPasswords', 1);
  }

  /** The right one was shown. */
  async forget(tx: EntityManager, sessionId: string): Promise<void> {
    await tx.update(SessionEntity, { id: sessionId }, { wrongPasswords: 0 });
  }
}
