import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/principal';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import { FactorRegistry } from '../factors/factor-registry';
import { FactorStore } from '../factors/factor.store';
import { EnrollmentRights } from './enrollment-rights';

@Injectable()
export class FactorQrCodeService {
  constructor(
    private readonly transactions: Transactions,
    private readonly rights: EnrollmentRights,
    private readonly factors: FactorStore,
    private readonly registry: FactorRegistry,
  ) {}

  /**
   * The picture of a pending factor, as PNG. It holds the secret, so it is for whoever might begin the factor now.
   *
   * @throws DomainError `not_found`, `forbidden`, or the step-up that is missing
   */
  async draw(caller: Caller, factorId: string): Promise<Buffer> {
    const factor = await this.transactions.run(async (tx) => {
      await this.rights.toEnroll(tx, caller);
      return this.factors.findPending(tx, caller.sessionId, factorId);
    });
    const plugin = factor?.userId === caller.userId ? this.registry.find(factor.type) : undefined;
    const image = factor && (await plugin?.qrCode(factor, caller.username));
    if (image === undefined) throw new DomainError('not_found', { detail: 'No such pending factor with a QR code.' });
    return image;
  }
}
