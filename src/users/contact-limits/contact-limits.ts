import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CodeSettings } from '../../platform/config/settings/code.settings';
import { MfaSettings } from '../../platform/config/settings/mfa.settings';
import { DomainError } from '../../platform/errors/domain-error';
import {
  type AttemptLimit,
  type Contact,
  limitsOfFirstCode,
  limitsOfFurtherCode,
  limitsOfGuesses,
  limitsOfNotice,
} from './attempt-limits';
import { ContactAttemptStore } from './contact-attempt.store';

/** How many codes are sent, and how many first codes guessed. Counted in the transaction: what is refused is not counted. */
@Injectable()
export class ContactLimits {
  constructor(
    private readonly attempts: ContactAttemptStore,
    private readonly codes: CodeSettings,
    private readonly mfa: MfaSettings,
  ) {}

  /** Counts the code that is to prove a destination. @throws DomainError `rate_limited` */
  async countFirstCode(tx: EntityManager, contact: Contact): Promise<void> {
    // A code that nobody may try is not sent.
    for (const limit of this.guessesOf(contact)) refuse(await this.attempts.secondsUntilRoom(tx, limit));
    await this.count(tx, limitsOfFirstCode(this.codes, contact));
  }

  /** Counts a link to an address that nobody has proven; it cannot be guessed. @throws DomainError `rate_limited` */
  async countLink(tx: EntityManager, contact: Contact): Promise<void> {
    await this.count(tx, limitsOfFirstCode(this.codes, contact));
  }

  /** Counts a code for a proven destination. @throws DomainError `rate_limited` */
  async countFurtherCode(tx: EntityManager, contact: Contact): Promise<void> {
    await this.count(tx, limitsOfFurtherCode(this.codes, contact));
  }

  /** Counts a notice. @returns false when there is no room for one more: what happened is no reason to refuse it */
  async countNotice(tx: EntityManager, contact: Contact): Promise<boolean> {
    for (const limit of limitsOfNotice(this.codes, contact)) {
      if ((await this.attempts.take(tx, limit)) !== undefined) return false;
    }
    return true;
  }

  /** Counts a try to prove a destination, before it is looked at. @throws DomainError `too_many_attempts` */
  async countGuess(tx: EntityManager, contact: Contact): Promise<void> {
    for (const limit of this.guessesOf(contact)) {
      const retryAfter = await this.attempts.take(tx, limit);
      if (retryAfter === undefined) continue;
      const detail = 'Too many codes were tried for this address. Wait, or enroll another factor.';
      throw new DomainError('too_many_attempts', { detail, retryAfter });
    }
  }

  /** The account has proven the destination: what it guessed before is forgotten. */
  async forgetGuesses(tx: EntityManager, contact: Contact): Promise<void> {
    const [own] = this.guessesOf(contact);
    await this.attempts.clear(tx, own);
  }

  private guessesOf(contact: Contact): [AttemptLimit, AttemptLimit] {
    return limitsOfGuesses(this.mfa.factorMaxFailures, contact);
  }

  private async count(tx: EntityManager, limits: readonly AttemptLimit[]): Promise<void> {
    for (const limit of limits) refuse(await this.attempts.take(tx, limit));
  }
}

/** One text for every limit: whose it was is nobody's business. */
function refuse(retryAfter: number | undefined): void {
  if (retryAfter === undefined) return;
  const detail = 'Too many codes were sent or tried. Wait, or use another factor.';
  throw new DomainError('rate_limited', { detail, retryAfter });
}
