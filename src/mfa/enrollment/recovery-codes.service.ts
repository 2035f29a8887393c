import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Principal } from '../../access/principal';
import { AuditLog } from '../../platform/audit/audit-log';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import { Accounts } from '../../users/accounts/accounts.store';
import { RecoveryCodeSets } from '../factors/recovery-codes/recovery-code-sets';
import { RecoveryCodeStore } from '../factors/recovery-codes/recovery-code.store';
import type { RecoveryCodesDto, RecoveryCodesStatusDto } from './dto/enrollment.dto';

@Injectable()
export class RecoveryCodesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly codes: RecoveryCodeStore,
    private readonly sets: RecoveryCodeSets,
    private readonly audit: AuditLog,
  ) {}

  async status({ userId }: Principal): Promise<RecoveryCodesStatusDto> {
    return this.codes.status(this.dataSource.manager, userId);
  }

  /** Makes a new set; the one before is void at once. @throws DomainError `forbidden` where the factor is switched off */
  async regenerate({ userId, sessionId }: Principal): Promise<RecoveryCodesDto> {
    if (!this.sets.areOffered) {
      throw new DomainError('forbidden', { detail: 'Recovery codes are not in use here.' });
    }
    return this.transactions.run(async (tx) => {
      // Locked: of two sets made at once, both would stand.
      const account = await this.accounts.lock(tx, userId);
      if (account?.isEnrolled !== true) {
        throw new DomainError('forbidden', { detail: 'Recovery codes come with a second factor. Enroll one first.' });
      }
      const codes = await this.sets.renew(tx, userId);
      await this.audit.record(tx, {
        type: 'mfa.recovery_codes_regenerated',
        outcome: 'success',
        actorId: userId,
        sessionId,
      });
      return { codes };
    });
  }
}
