import { Injectable } from '@nestjs/common';
import type { Principal } from '../../access/principal';
import { AuditLog } from '../../platform/audit/audit-log';
import { Transactions } from '../../platform/database/transactions';
import { RevocationPoller } from '../../tokens/revocation/revocation-poller';
import { SessionEndings } from '../../tokens/sessions/session-endings.store';
import { SessionPasswordCounts } from '../../tokens/sessions/session-password-counts.store';
import { type PasswordAttempt, PasswordAttempts } from '../../users/password-attempts/password-attempts.service';
import type { PasswordProof } from '../../users/passwords/password.store';

/** Wrong ones in a row that end a session: whoever stole its token gets no more guesses than that. */
const MOST_WRONG = 5;

/** Checks the password of somebody who is signed in. */
@Injectable()
export class SessionPassword {
  constructor(
    private readonly transactions: Transactions,
    private readonly counts: SessionPasswordCounts,
    private readonly endings: SessionEndings,
    private readonly passwords: PasswordAttempts,
    private readonly revocations: RevocationPoller,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Counts the try before it checks; the fifth wrong one in a row ends the session. The account's own count goes on beside it:
   * while that has locked the account nothing is right, and the session's count rests, so that wrong passwords of others end
   * nobody's session.
   *
   * @returns undefined when it is wrong, or the session has had its tries
   * @throws DomainError `service_busy`
   */
  async verify({ userId, sessionId }: Principal, password: string, ip: string): Promise<PasswordProof | undefined> {
    const tries = await this.transactions.run((tx) => this.counts.count(tx, sessionId, MOST_WRONG));
    if (tries === undefined) return undefined;
    const attempt = await this.check(userId, sessionId, password, ip);
    switch (attempt.verdict) {
      case 'right':
        await this.transactions.run((tx) => this.counts.forget(tx, sessionId));
        return attempt.proof;
      case 'locked':
        await this.transactions.run((tx) => this.counts.uncount(tx, sessionId));
        return undefined;
      case 'wrong':
        if (tries === MOST_WRONG) await this.end(userId, sessionId);
        return undefined;
    }
  }

  private async end(userId: string, sessionId: string): Promise<void> {
    await this.transactions.run(async (tx) => {
      await this.endings.end(tx, sessionId, 'wrong_passwords');
      const details = { cause: 'wrong_passwords' };
      await this.audit.record(tx, { type: 'session.ended', outcome: 'success', subjectId: userId, sessionId, details });
    });
    await this.revocations.catchUp();
  }

  private async check(userId: string, sessionId: string, password: string, ip: string): Promise<PasswordAttempt> {
    try {
      return await this.passwords.verify({ userId, password, ip });
    } catch (error) {
      // Too busy to look.
      await this.transactions.run((tx) => this.counts.uncount(tx, sessionId));
      throw error;
    }
  }
}
