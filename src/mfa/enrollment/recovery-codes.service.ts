import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Principal } from '../../access/principal';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import { RecoveryCodeSets } from '../factors/recovery-codes/recovery-code-sets';
import { RecoveryCodeStore } from '../factors/recovery-codes/recovery-code.store';
import type { RecoveryCodesDto, RecoveryCodesStatusDto } from './dto/enrollment.dto';
import { EnrollmentRights } from './enrollment-rights';
import { FactorEvents } from './factor-events';

@Injectable()
export class RecoveryCodesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
    private readonly rights: EnrollmentRights,
    private readonly codes: RecoveryCodeStore,
    private readonly sets: RecoveryCodeSets,
    private readonly events: FactorEvents,
  ) {}

  async status({ userId }: Principal): Promise<RecoveryCodesStatusDto> {
    return this.codes.status(this.dataSource.manager, userId);
  }

  /**
   * Makes a new set; the one before is void at once.
   *
   * @throws DomainError `forbidden` where the factor is switched off, or the step-up that is missing
   */
  async regenerate(principal: Principal, client: ClientInfo): Promise<RecoveryCodesDto> {
    if (!this.sets.areOffered) {
      throw new DomainError('forbidden', { detail: 'Recovery codes are not in use here.' });
    }
    return this.transactions.run(async (tx) => {
      // Locked: of two sets made at once, both would stand.
      const { id } = await this.rights.toChangeLocked(tx, principal);
      const codes = await this.sets.renew(tx, id);
      await this.events.recoveryCodesRegenerated(tx, { caller: principal, client });
      return { codes };
    });
  }
}
