import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type Caller, isMfaTokenHolder, type Principal } from '../../access/principal';
import { DomainError } from '../../platform/errors/domain-error';
import type { SignInAccount } from '../../users/accounts/account';
import { Accounts } from '../../users/accounts/accounts.store';
import { RecentProof } from '../sign-in/recent-proof';

/** Who may change the factors of an account now. */
@Injectable()
export class EnrollmentRights {
  constructor(
    private readonly accounts: Accounts,
    private readonly proof: RecentProof,
  ) {}

  /**
   * The caller's account, if the caller may begin or prove a factor now.
   *
   * @throws DomainError `not_found`, `forbidden`, `token_invalid`, or the step-up that is missing
   */
  async toEnroll(tx: EntityManager, caller: Caller): Promise<SignInAccount> {
    const account = await this.accounts.findForSignIn(tx, caller.userId);
    if (account === undefined) throw new DomainError('not_found');
    if (!isMfaTokenHolder(caller)) {
      await this.proof.assertAuthentication(tx, caller, account.mfaEnrolledAt !== null);
    } else if (caller.purpose !== 'enroll' || account.mfaEnrolledAt !== null) {
      throw new DomainError('forbidden', {
        detail: 'This MFA token is for verifying a factor, not for enrolling one.',
      });
    }
    return account;
  }

  /** The same with the account locked: nobody else changes its factors until the end of the transaction. */
  async toEnrollLocked(tx: EntityManager, caller: Caller): Promise<SignInAccount> {
    await this.accounts.lock(tx, caller.userId);
    return this.toEnroll(tx, caller);
  }

  /**
   * The caller's account, locked, if the session has shown a second factor just now.
   *
   * @throws DomainError `not_found`, `token_invalid`, or the step-up that is missing
   */
  async toChangeLocked(tx: EntityManager, caller: Principal): Promise<SignInAccount> {
    await this.accounts.lock(tx, caller.userId);
    const account = await this.accounts.findForSignIn(tx, caller.userId);
    if (account === undefined) throw new DomainError('not_found');
    await this.proof.assertSecondFactor(tx, caller, account.mfaEnrolledAt !== null);
    return account;
  }
}
