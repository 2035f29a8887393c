import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/principal';
import { newId } from '../../platform/crypto/new-id';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import { toFactor } from '../factors/dto/factor.dto';
import type { FactorRecord } from '../factors/factor';
import { FactorRegistry } from '../factors/factor-registry';
import type { Delivery, MfaFactor } from '../factors/mfa-factor';
import type { EnrolledFactorDto, EnrollFactorDto } from './dto/enrollment.dto';
import { EnrollmentCodes } from './enrollment-codes';
import { EnrollmentRights } from './enrollment-rights';
import { FactorEvents } from './factor-events';
import { PendingFactors } from './pending-factors';

@Injectable()
export class EnrollFactorService {
  constructor(
    private readonly transactions: Transactions,
    private readonly rights: EnrollmentRights,
    private readonly enrollmentCodes: EnrollmentCodes,
    private readonly registry: FactorRegistry,
    private readonly pending: PendingFactors,
    private readonly events: FactorEvents,
  ) {}

  /**
   * Begins a factor; it counts for nothing until it is proven. A pending one of the same type is replaced. Returns once what
   * goes with it, a message say, is on its way.
   *
   * @throws DomainError `validation_failed`, `forbidden`, `invalid_token`, `rate_limited`, `delivery_failed`, or the step-up
   *   that is missing
   */
  async enroll(caller: Caller, request: EnrollFactorDto, client: ClientInfo): Promise<EnrolledFactorDto> {
    const plugin = this.pluginFor(request.type);
    const { sessionId } = caller;
    const { account, enrollmentTokenId } = await this.transactions.run(async (tx) => {
      const found = await this.rights.toEnroll(tx, caller);
      return {
        account: found,
        enrollmentTokenId: await this.enrollmentCodes.check(tx, found, request.enrollmentCode),
      };
    });
    // Outside a transaction: a plug-in may draw pictures, or ask another service.
    const { id: userId, username } = account;
    const factorId = newId();
    const { email, phone } = request;
    const offer = await plugin.enroll({
      factorId,
      userId,
      username,
      sessionId,
      ...(email !== undefined && { email }),
      ...(phone !== undefined && { phone }),
      client,
    });
    const { type } = plugin;
    const name = request.name ?? plugin.defaultName;
    const begun = { id: factorId, userId, sessionId, type, name, enrollmentTokenId };
    const factor = await this.transactions.run(async (tx) => {
      const added = await this.pending.add(tx, begun, plugin, offer);
      await this.events.begun(tx, { caller, client }, added);
      return added;
    });
    await this.deliver(offer.delivery, factor);
    return { factor: toFactor(factor, plugin), enrollment: offer.enrollment };
  }

  private pluginFor(type: string): MfaFactor {
    const plugin = this.registry.find(type);
    if (plugin?.isBackup === false && plugin.isAvailable()) return plugin;
    const message = `type must be one of: ${this.registry.enrollable.join(', ')}`;
    throw new DomainError('validation_failed', { errors: [{ path: 'type', code: 'is_in', message }] });
  }

  /** Outside the transaction: a slow provider holds no connection. */
  private async deliver(delivery: Delivery | undefined, factor: FactorRecord): Promise<void> {
    try {
      await delivery?.deliver();
    } catch (error) {
      await this.transactions.run((tx) => this.pending.drop(tx, factor));
      throw error;
    }
  }
}
