import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { RevocationLog } from '../../tokens/revocation/revocation-log';
import { SessionEndings } from '../../tokens/sessions/session-endings.store';
import type { SignInAccount } from '../../users/accounts/account';
import { Accounts } from '../../users/accounts/accounts.store';
import { RoleStore } from '../../users/roles/role.store';
import { type ActingCaller, AdministrativeActs } from '../acts/administrative-acts';
import { takesAdministrator } from '../acts/authority';
import { GrantableRoles } from '../acts/grantable-roles';
import type { AdministeredAccountDto, ChangeAccountDto } from './dto/administered-account.dto';
import { LookUpAccountsService } from './look-up-accounts.service';

@Injectable()
export class ChangeAccountService {
  constructor(
    private readonly acts: AdministrativeActs,
    private readonly accounts: Accounts,
    private readonly roles: RoleStore,
    private readonly grantable: GrantableRoles,
    private readonly sessions: SessionEndings,
    private readonly revocations: RevocationLog,
    private readonly accountsNow: LookUpAccountsService,
  ) {}

  /**
   * Changes roles, or disables and enables. Tokens from before are refused.
   *
   * @throws DomainError `not_found`, `forbidden`, `last_administrator`, `mfa_not_enrolled`, `validation_failed`, `token_invalid`
   */
  async change(by: ActingCaller, userId: string, { roles, status }: ChangeAccountDto): Promise<AdministeredAccountDto> {
    const change = { ...(roles && { roles }), ...(status && { status }) };
    await this.acts.onAccount(by, {
      userId,
      type: 'account.rights_changed',
      details: change,
      check: async (tx, account) => {
        if (takesAdministrator(account, change)) await this.roles.assertOtherAdministrator(tx, userId);
      },
      act: async (tx, account, actor) => {
        if (roles) await this.grantable.assertGrantable(tx, actor, account, roles);
        if (isChange(account, change)) await this.write(tx, userId, change);
      },
    });
    return this.accountsNow.find(userId);
  }

  private async write(tx: EntityManager, userId: string, change: ChangeAccountDto): Promise<void> {
    const version = await this.accounts.changeRights(tx, userId, change);
    if (version === undefined) throw new Error('The account is locked, and gone');
    await this.revocations.revokeUser(tx, userId, version);
    // Enabling it later must bring nothing back.
    if (change.status === 'disabled') await this.sessions.endAll(tx, userId, 'account_refused');
  }
}

function isChange(account: SignInAccount, { roles, status }: ChangeAccountDto): boolean {
  if (status !== undefined && status !== account.status) return true;
  return (
    roles !== undefined &&
    (roles.length !== account.roles.length || roles.some((role) => !account.roles.includes(role)))
  );
}
