import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { RecentProof } from '../../mfa/sign-in/recent-proof';
import { RevocationLog } from '../../tokens/revocation/revocation-log';
import type { SignInAccount } from '../../users/accounts/account';
import { Accounts } from '../../users/accounts/accounts.store';
import { RoleStore } from '../../users/roles/role.store';
import { type ActingCaller, AdministrativeActs } from '../acts/administrative-acts';
import { takesAdministrator } from '../acts/authority';

const TYPE = 'account.deleted';

/** Everything of an account goes, but for what the audit log says of it. Its live tokens are refused all the same. */
@Injectable()
export class DeleteAccountService {
  constructor(
    private readonly acts: AdministrativeActs,
    private readonly accounts: Accounts,
    private readonly proof: RecentProof,
    private readonly roles: RoleStore,
    private readonly revocations: RevocationLog,
  ) {}

  /** @throws DomainError `not_found`, `forbidden`, `last_administrator`, `token_invalid` */
  async delete(by: ActingCaller, userId: string): Promise<void> {
    await this.acts.onAccount(by, {
      userId,
      type: TYPE,
      check: (tx, account) => this.assertNotLast(tx, account),
      act: (tx) => this.remove(tx, userId),
    });
  }

  /** The caller's own. @throws DomainError `last_administrator`, `token_invalid`, or the step-up that is missing */
  async deleteOwn(by: ActingCaller): Promise<void> {
    await this.acts.run(by, { type: TYPE, details: { byOwner: true } }, async (tx, account) => {
      await this.proof.assertAuthentication(tx, by.principal, account.mfaEnrolledAt !== null);
      await this.assertNotLast(tx, account);
      await this.remove(tx, account.id);
    });
  }

  private async assertNotLast(tx: EntityManager, account: SignInAccount): Promise<void> {
    if (takesAdministrator(account, 'deletion')) await this.roles.assertOtherAdministrator(tx, account.id);
  }

  private async remove(tx: EntityManager, id: string): Promise<void> {
    const version = await this.accounts.changeRights(tx, id, {});
    if (version !== undefined) await this.revocations.revokeUser(tx, id, version);
    await this.accounts.delete(tx, id);
  }
}
