import { Injectable } from '@nestjs/common';
import { Accounts } from '../../users/accounts/accounts.store';
import { type ActingCaller, AdministrativeActs } from '../acts/administrative-acts';
import { GrantableRoles } from '../acts/grantable-roles';
import { Invitations } from '../messages/invitations';
import type { AdministeredAccountDto, CreateAccountDto } from './dto/administered-account.dto';
import { LookUpAccountsService } from './look-up-accounts.service';

const DEFAULT_ROLES = ['user'];

@Injectable()
export class CreateAccountService {
  constructor(
    private readonly acts: AdministrativeActs,
    private readonly accounts: Accounts,
    private readonly grantable: GrantableRoles,
    private readonly invitations: Invitations,
    private readonly accountsNow: LookUpAccountsService,
  ) {}

  /**
   * Makes an account that has no password. Its owner chooses one by the link that goes to the address.
   *
   * @throws DomainError `username_taken`, `forbidden`, `mfa_not_enrolled`, `validation_failed`, `token_invalid`
   */
  async create(
    by: ActingCaller,
    { roles = DEFAULT_ROLES, ...account }: CreateAccountDto,
  ): Promise<AdministeredAccountDto> {
    const record = { type: 'account.created' as const, details: { roles }, subjectOf: (id: string) => id };
    const id = await this.acts.run(by, record, async (tx, actor) => {
      await this.grantable.assertGrantable(tx, actor, { roles: [], mfaEnrolledAt: null }, roles);
      const profile = await this.accounts.create(tx, { ...account, roles });
      const { id: newId, username, email } = profile;
      if (email !== null) await this.invitations.send(tx, { id: newId, username, email });
      return newId;
    });
    return this.accountsNow.find(id);
  }
}
