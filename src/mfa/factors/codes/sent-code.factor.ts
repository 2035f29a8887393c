import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../../platform/audit/audit-log';
import { Transactions } from '../../../platform/database/transactions';
import { DomainError } from '../../../platform/errors/domain-error';
import type { Channel } from '../../../platform/notifications/message';
import { readerLanguages } from '../../../platform/notifications/reader-languages';
import type { AccountContact } from '../../../users/accounts/account';
import { Accounts } from '../../../users/accounts/accounts.store';
import { VerifiedContacts } from '../../../users/accounts/verified-contacts.store';
import type { FactorRecord } from '../factor';
import { FactorStore } from '../factor.store';
import { malformedResponse } from '../malformed-response';
import {
  type AnsweredChallenge,
  type ChallengeContext,
  type ChallengeOffer,
  type EnrollmentOffer,
  type EnrollmentRequest,
  type FactorResponse,
  type FactorVerdict,
  MfaFactor,
  RIGHT,
  verdictOf,
  WRONG,
} from '../mfa-factor';
import type { Contact } from '../../../users/contact-limits/attempt-limits';
import { ContactLimits } from '../../../users/contact-limits/contact-limits';
import { isOneTimeCode } from './one-time-code';
import { type CodeBinding, SentCodes } from './sent-codes';

/** A factor that sends a code and takes it back: to prove where it goes to when it is enrolled, and at each challenge. */
@Injectable()
export abstract class SentCodeFactor extends MfaFactor {
  override readonly acr = 'aal2';
  override readonly isInterceptable = true;
  protected abstract readonly channel: Channel;
  /** The field of a request that names a destination. */
  protected abstract readonly field: 'email' | 'phone';

  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    protected readonly contacts: VerifiedContacts,
    private readonly factors: FactorStore,
    private readonly limits: ContactLimits,
    private readonly codes: SentCodes,
    private readonly audit: AuditLog,
  ) {
    super();
  }

  /** Where the codes are to go: what was asked for, else the account's own. @throws DomainError `validation_failed` */
  protected abstract destinationOf(request: EnrollmentRequest, account: AccountContact): string;

  /** In the form it is compared in. */
  protected abstract fold(destination: string): string;

  /** The form in which messages to it are counted. */
  protected countedAs(destination: string): string {
    return this.fold(destination);
  }

  protected abstract mask(destination: string): string;

  /** Whether it is the account's own, and waits to be verified. */
  protected abstract isUnverifiedOwn(account: AccountContact, destination: string): boolean;

  /** @returns false when another account has verified it, or this one has it no more */
  protected abstract markVerified(tx: EntityManager, userId: string, destination: string): Promise<boolean>;

  override isAvailable(): boolean {
    return this.codes.canSend(this.channel);
  }

  override async enroll(request: EnrollmentRequest): Promise<EnrollmentOffer> {
    const { factorId: id, userId, sessionId, client } = request;
    const { destination, languages } = await this.transactions.run(async (tx) => {
      const account = await this.accountOf(tx, userId);
      const chosen = this.destinationOf(request, account);
      await this.assertNew(tx, userId, chosen);
      await this.limits.countFirstCode(tx, this.contactOf(userId, chosen));
      return { destination: chosen, languages: readerLanguages(account.locale, client.acceptLanguage) };
    });
    const binding: CodeBinding = { purpose: 'enrollment', id, boundTo: sessionId };
    const code = this.codes.issue(binding, { channel: this.channel, to: destination, languages });
    const { state, expiresAt, delivery } = code;
    return { state, expiresAt, delivery, destination, enrollment: { sentTo: this.mask(destination), expiresAt } };
  }

  override async activate(
    tx: EntityManager,
    factor: FactorRecord,
    response: FactorResponse,
    state: Buffer | null,
  ): Promise<FactorVerdict> {
    const code = codeOf(response);
    if (state === null) {
      throw new DomainError('challenge_expired', {
        detail: 'The code is too old, or its tries are spent. Begin the factor anew for another one.',
      });
    }
    const { id, userId, sessionId } = factor;
    const destination = destinationOf(factor);
    const contact = this.contactOf(userId, destination);
    await this.limits.countGuess(tx, contact);
    const binding: CodeBinding = { purpose: 'enrollment', id, boundTo: sessionId ?? '' };
    if (!this.codes.isRight(binding, code, state)) return WRONG;

    await this.assertNew(tx, userId, destination);
    await this.limits.forgetGuesses(tx, contact);
    await this.verifyOwn(tx, factor, destination);
    return RIGHT;
  }

  override async challenge(
    tx: EntityManager,
    factor: FactorRecord,
    { challengeId: id, sessionId, client }: ChallengeContext,
  ): Promise<ChallengeOffer> {
    const destination = destinationOf(factor);
    await this.limits.countFurtherCode(tx, this.contactOf(factor.userId, destination));
    const { locale } = await this.accountOf(tx, factor.userId);
    const languages = readerLanguages(locale, client.acceptLanguage);
    const binding: CodeBinding = { purpose: 'challenge', id, boundTo: sessionId };
    const { state, expiresAt, delivery } = this.codes.issue(binding, {
      channel: this.channel,
      to: destination,
      languages,
    });
    return { state, expiresAt, delivery, voidsEarlier: true, sentTo: this.mask(destination) };
  }

  override verify(
    _tx: EntityManager,
    _factor: FactorRecord,
    response: FactorResponse,
    state: Buffer | null,
    { challengeId: id, sessionId }: AnsweredChallenge,
  ): Promise<FactorVerdict> {
    const code = codeOf(response);
    const binding: CodeBinding = { purpose: 'challenge', id, boundTo: sessionId };
    return Promise.resolve(verdictOf(state !== null && this.codes.isRight(binding, code, state)));
  }

  override hintOf({ destination }: FactorRecord): string | null {
    return destination === null ? null : this.mask(destination);
  }

  /** Two factors of one destination would be twice the tries at its codes. */
  private async assertNew(tx: EntityManager, userId: string, destination: string): Promise<void> {
    const active = await this.factors.listActive(tx, userId);
    const isTaken = active.some(
      (factor) => factor.type === this.type && this.fold(destinationOf(factor)) === this.fold(destination),
    );
    if (!isTaken) return;
    throw this.unfit('already_enrolled', `${this.field} is that of a factor which you have already`);
  }

  /** The code proves the account's own address as a link does. Where another account has verified it, nothing is said. */
  private async verifyOwn(tx: EntityManager, { userId }: FactorRecord, destination: string): Promise<void> {
    const account = await this.accountOf(tx, userId);
    if (!this.isUnverifiedOwn(account, destination)) return;
    if (!(await this.markVerified(tx, userId, destination))) return;
    const type = this.channel === 'email' ? 'account.email_verified' : 'account.phone_verified';
    await this.audit.record(tx, { type, outcome: 'success', actorId: userId });
  }

  protected unfit(code: string, message: string): DomainError {
    return new DomainError('validation_failed', { errors: [{ path: this.field, code, message }] });
  }

  private contactOf(userId: string, destination: string): Contact {
    return { userId, channel: this.channel, destination: this.countedAs(destination) };
  }

  private async accountOf(tx: EntityManager, userId: string): Promise<AccountContact> {
    const account = await this.accounts.findContact(tx, userId);
    if (account === undefined) throw new DomainError('not_found');
    return account;
  }
}

function codeOf({ code }: FactorResponse): string {
  if (!isOneTimeCode(code)) throw malformedResponse('code', 'code must be a string of exactly six digits');
  return code;
}

function destinationOf({ id, destination }: FactorRecord): string {
  if (destination === null) throw new Error(`The factor ${id} has no destination`);
  return destination;
}
