import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Principal } from '../../access/principal';
import { AuditLog } from '../../platform/audit/audit-log';
import { MfaSettings } from '../../platform/config/settings/mfa.settings';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import { RevocationPoller } from '../../tokens/revocation/revocation-poller';
import { SessionStore } from '../../tokens/sessions/session.store';
import { Accounts } from '../../users/accounts/accounts.store';
import { ChallengeStore } from '../challenges/challenge.store';
import { FactorStore } from '../factors/factor.store';
import { RECOVERY_CODE } from '../factors/recovery-codes/recovery-code.factor';
import { RecoveryCodeStore } from '../factors/recovery-codes/recovery-code.store';
import { findChangeable } from './find-changeable';

@Injectable()
export class DropFactorService {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly factors: FactorStore,
    private readonly challenges: ChallengeStore,
    private readonly recoveryCodes: RecoveryCodeStore,
    private readonly sessions: SessionStore,
    private readonly revocations: RevocationPoller,
    private readonly audit: AuditLog,
    private readonly settings: MfaSettings,
  ) {}

  /**
   * Drops a factor: no session counts it any more, and every other session ends.
   *
   * @throws DomainError `not_found`, `forbidden`, `last_factor`
   */
  async drop({ userId, sessionId }: Principal, factorId: string): Promise<void> {
    await this.transactions.run(async (tx) => {
      // Two that drop one of the last two factors each, or drop one while another is activated, must see each other.
      await this.accounts.lock(tx, userId);
      const factor = await findChangeable(this.factors, tx, userId, factorId);
      const others = (await this.factors.listActive(tx, userId)).filter(({ id }) => id !== factorId);
      const isLast = others.every(({ type }) => type === RECOVERY_CODE);
      if (isLast && (await this.isDemanded(tx, userId))) {
        throw new DomainError('last_factor', {
          detail: 'This account must have a second factor. Add another one first.',
        });
      }
      // Gone with the last factor: recovery codes are worth nothing alone.
      const dropped = isLast ? [factor, ...others] : [factor];
      for (const { id } of dropped) {
        await this.challenges.dropOf(tx, id);
        await this.factors.drop(tx, userId, id);
      }
      if (isLast) {
        await this.recoveryCodes.drop(tx, userId);
        await this.accounts.clearMfaEnrollment(tx, userId);
      }
      await this.sessions.strikeFactor(
        tx,
        sessionId,
        dropped.map(({ id }) => id),
      );
      await this.sessions.endOthers(tx, userId, sessionId, 'factor_dropped');
      await this.audit.record(tx, {
        type: 'mfa.factor_dropped',
        outcome: 'success',
        actorId: userId,
        sessionId,
        details: { factorId, factorType: factor.type },
      });
    });
    await this.revocations.catchUp();
  }

  /** Whether policy or a role of the account demands a second factor. */
  private async isDemanded(tx: EntityManager, userId: string): Promise<boolean> {
    const account = await this.accounts.findForSignIn(tx, userId);
    return this.settings.demandsFactor(account?.roles ?? []);
  }
}
