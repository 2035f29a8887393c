import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Transactions } from '../../platform/database/transactions';
import type { ClientInfo } from '../../platform/http/client-info';
import { RevocationPoller } from '../../tokens/revocation/revocation-poller';
import { Accounts } from '../../users/accounts/accounts.store';
import type { OneTimeToken } from '../../users/one-time-tokens/one-time-token';
import { OneTimeTokenStore } from '../../users/one-time-tokens/one-time-token.store';
import { identityOf } from '../../users/passwords/password-identity';
import { Passwords } from '../../users/passwords/passwords.service';
import { ChooseFirstPasswordService } from './choose-first-password.service';
import { invalidLink } from './invalid-link';
import { RecoverAccountService } from './recover-account.service';

/** What a link that leads here may be for. */
const PURPOSES = ['reset_password', 'choose_password'] as const;

@Injectable()
export class ResetPasswordService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly oneTimeTokens: OneTimeTokenStore,
    private readonly passwords: Passwords,
    private readonly recovery: RecoverAccountService,
    private readonly firstPassword: ChooseFirstPasswordService,
    private readonly revocations: RevocationPoller,
  ) {}

  /**
   * Takes a new password from whoever has the link. Nobody is signed in by it, every session ends, every factor stays. A
   * password that is refused uses nothing up.
   *
   * @throws DomainError `invalid_token`, `password_rejected`, `service_busy`
   */
  async reset(token: string, newPassword: string, client: ClientInfo): Promise<void> {
    const found = await this.oneTimeTokens.findAnybodys(this.dataSource.manager, PURPOSES, token);
    const account = found && (await this.accounts.findProfile(found.userId));
    if (found === undefined || account === undefined) throw invalidLink();
    await this.passwords.assertAcceptable(newPassword, identityOf(account), 'newPassword');
    const hash = await this.passwords.hash(newPassword);
    // A link that came too late is used up all the same: that refusal is returned, and thrown after the commit.
    const recovered = await this.transactions.run((tx) => this.use(tx, found, hash, client));
    if (!recovered) throw invalidLink();
    await this.revocations.catchUp();
  }

  private async use(
    tx: EntityManager,
    { id, purpose, userId, target }: OneTimeToken,
    hash: string,
    client: ClientInfo,
  ): Promise<boolean> {
    await this.accounts.lock(tx, userId);
    if (!(await this.oneTimeTokens.consume(tx, id))) return false;
    if (purpose === 'choose_password') return this.firstPassword.choose(tx, userId, target, hash, client);
    if (target === null) return false;
    return this.recovery.recover(tx, userId, target, hash, client);
  }
}
