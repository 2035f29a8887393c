import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../access/principal';
import { Clock } from '../../platform/clock/clock';
import { MfaSettings } from '../../platform/config/settings/mfa.settings';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { SignInAccount } from '../../users/accounts/account';
import { Accounts } from '../../users/accounts/accounts.store';
import { OneTimeTokenStore } from '../../users/one-time-tokens/one-time-token.store';
import { toFactor } from '../factors/dto/factor.dto';
import { FactorRegistry } from '../factors/factor-registry';
import { FactorStore } from '../factors/factor.store';
import type { EnrolledFactorDto, EnrollFactorDto } from './dto/enrollment.dto';
import { assertMayEnroll, needsEnrollmentCode } from './enrollment-rules';

@Injectable()
export class EnrollFactorService {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly factors: FactorStore,
    private readonly registry: FactorRegistry,
    private readonly oneTimeTokens: OneTimeTokenStore,
    private readonly settings: MfaSettings,
    private readonly clock: Clock,
  ) {}

  /**
   * Begins a factor; it counts for nothing until it is proven. A pending one of the same type is replaced.
   *
   * @throws DomainError `validation_failed`, `forbidden`, `invalid_token`, or the step-up that is missing
   */
  async enroll(caller: Caller, request: EnrollFactorDto): Promise<EnrolledFactorDto> {
    const plugin = this.registry.find(request.type);
    if (plugin?.enrollable !== true) {
      const message = `type must be one of: ${this.registry.enrollable.join(', ')}`;
      throw new DomainError('validation_failed', { errors: [{ path: 'type', code: 'is_in', message }] });
    }
    const { account, enrollmentTokenId } = await this.transactions.run(async (tx) => {
      const found = await this.findEntitled(tx, caller);
      return { account: found, enrollmentTokenId: await this.checkEnrollmentCode(tx, found, request.enrollmentCode) };
    });
    // Outside a transaction: a plug-in may draw pictures, or ask another service.
    const offer = await plugin.enroll({ username: account.username });
    const factor = await this.transactions.run(async (tx) => {
      await this.accounts.lock(tx, account.id); // Of two begun at once, one replaces the other.
      return this.factors.addPending(tx, {
        userId: account.id,
        sessionId: caller.sessionId,
        type: plugin.type,
        name: request.name ?? plugin.defaultName,
        ...(offer.secret && { secret: offer.secret }),
        ...(enrollmentTokenId !== undefined && { enrollmentTokenId }),
      });
    });
    return { factor: toFactor(factor, plugin), enrollment: offer.enrollment };
  }

  /**
   * The picture of a pending factor. It holds the secret, so it is for whoever might begin the factor now.
   *
   * @throws DomainError `not_found`, `forbidden`, or the step-up that is missing
   */
  async qrCode(caller: Caller, factorId: string): Promise<Buffer> {
    const factor = await this.transactions.run(async (tx) => {
      await this.findEntitled(tx, caller);
      return this.factors.findPending(tx, caller.sessionId, factorId);
    });
    const plugin = factor?.userId === caller.userId ? this.registry.find(factor.type) : undefined;
    const image = factor && (await plugin?.qrCode(factor, caller.username));
    if (image === undefined) throw new DomainError('not_found', { detail: 'No such pending factor with a QR code.' });
    return image;
  }

  /** The caller's account, if the caller may begin a factor now. */
  private async findEntitled(tx: EntityManager, caller: Caller): Promise<SignInAccount> {
    const account = await this.accounts.findForSignIn(tx, caller.userId);
    if (account === undefined) throw new DomainError('not_found');
    assertMayEnroll(caller, account.mfaEnrolledAt !== null, this.clock.nowInSeconds());
    return account;
  }

  /** @returns the code's id where one is needed; it is used up when the factor is proven */
  private async checkEnrollmentCode(
    tx: EntityManager,
    account: SignInAccount,
    code: string | undefined,
  ): Promise<string | undefined> {
    const needed = needsEnrollmentCode({
      mustHaveFactor: this.settings.demandsFactor(account.roles),
      isEnrolled: account.mfaEnrolledAt !== null,
      hasSignedInBefore: account.firstSignInAt !== null,
    });
    if (!needed) return undefined;
    const token = code && (await this.oneTimeTokens.find(tx, 'enroll_factor', account.id, code));
    if (token) return token.id;
    throw new DomainError('invalid_token', {
      detail: 'This account needs an enrollment code from an administrator to enroll its first factor.',
    });
  }
}
