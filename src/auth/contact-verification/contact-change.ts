import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Principal } from '../../access/principal';
import { RecentProof } from '../../mfa/sign-in/recent-proof';
import { DomainError } from '../../platform/errors/domain-error';
import type { AccountProfile } from '../../users/accounts/account';
import { Accounts } from '../../users/accounts/accounts.store';

/** Who may have a contact changed. */
@Injectable()
export class ContactChange {
  constructor(
    private readonly accounts: Accounts,
    private readonly proof: RecentProof,
  ) {}

  /**
   * Locks the account, and asks for a recent second factor where it has one, else for a recent sign-in.
   *
   * @throws DomainError `not_found`, `token_invalid`, or the step-up that is missing
   */
  async begin(tx: EntityManager, principal: Principal): Promise<AccountProfile> {
    const locked = await this.accounts.lock(tx, principal.userId);
    const account = await this.accounts.findProfileIn(tx, principal.userId);
    if (locked === undefined || account === undefined) throw new DomainError('not_found');
    await this.proof.assertAuthentication(tx, principal, locked.isEnrolled);
    return account;
  }
}
