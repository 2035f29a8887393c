import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Principal } from '../../access/principal';
import { RecentProof } from '../../mfa/sign-in/recent-proof';
import { AuditLog } from '../../platform/audit/audit-log';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import { RevocationPoller } from '../../tokens/revocation/revocation-poller';
import { Accounts } from '../../users/accounts/accounts.store';
import { identityOf } from '../../users/passwords/password-identity';
import type { PasswordProof } from '../../users/passwords/password.store';
import { Passwords } from '../../users/passwords/passwords.service';
import { SessionPassword } from '../reauthentication/session-password';
import type { ChangePasswordDto } from './change-password.dto';
import { ReplacePasswordService } from './replace-password.service';

@Injectable()
export class ChangePasswordService {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly sessionPassword: SessionPassword,
    private readonly passwords: Passwords,
    private readonly replacing: ReplacePasswordService,
    private readonly revocations: RevocationPoller,
    private readonly proof: RecentProof,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Changes the password of whoever knows the current one and, where the account has a second factor, verified that not long
   * ago. Every other session ends; this one goes on, and its tokens stay good for all but what asks for the account's rights of
   * the moment: to administer, or to delete the account, takes the next token.
   *
   * @throws DomainError `invalid_credentials`, `password_rejected`, `token_invalid`, `service_busy`, or the step-up that is missing
   */
  async change(
    principal: Principal,
    { currentPassword, newPassword }: ChangePasswordDto,
    client: ClientInfo,
  ): Promise<void> {
    const account = await this.accounts.findProfile(principal.userId);
    if (account === undefined) throw new DomainError('not_found');
    // First: without the second factor, nobody gets to try passwords.
    await this.transactions.run((tx) => this.assertSecondFactor(tx, principal, account.mfaEnrolled));
    const proof = await this.sessionPassword.verify(principal, currentPassword, client.ip);
    if (proof === undefined) {
      await this.transactions.run((tx) => this.recordFailure(tx, principal, client));
      throw wrongPassword();
    }
    await this.passwords.assertAcceptable(newPassword, identityOf(account), 'newPassword');
    const hash = await this.passwords.hash(newPassword);
    await this.transactions.run((tx) => this.replace(tx, principal, proof, hash, client));
    await this.revocations.catchUp();
  }

  private async replace(
    tx: EntityManager,
    principal: Principal,
    proof: PasswordProof,
    hash: string,
    client: ClientInfo,
  ): Promise<void> {
    const locked = await this.accounts.lock(tx, principal.userId);
    await this.assertSecondFactor(tx, principal, locked?.isEnrolled ?? false);
    if (!(await this.replacing.replace(tx, principal, proof, hash, client))) throw wrongPassword();
  }

  private async assertSecondFactor(tx: EntityManager, principal: Principal, isEnrolled: boolean): Promise<void> {
    if (isEnrolled) await this.proof.assertSecondFactor(tx, principal, isEnrolled);
  }

  private async recordFailure(tx: EntityManager, { userId, sessionId }: Principal, { ip }: ClientInfo): Promise<void> {
    const type = 'account.password_changed';
    await this.audit.record(tx, { type, outcome: 'failure', actorId: userId, sessionId, ip });
  }
}

function wrongPassword(): DomainError {
  return new DomainError('invalid_credentials', { detail: 'The current password is not right.' });
}
