import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../platform/audit/audit-log';
import { AccountSettings } from '../../platform/config/settings/account.settings';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import type { AccountProfile } from '../../users/accounts/account';
import { Accounts } from '../../users/accounts/accounts.store';
import { Passwords } from '../../users/passwords/passwords.service';
import { EmailVerificationService } from '../contact-verification/email-verification.service';
import type { RegisterDto } from './register.dto';

@Injectable()
export class RegistrationService {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly passwords: Passwords,
    private readonly emailVerification: EmailVerificationService,
    private readonly audit: AuditLog,
    private readonly settings: AccountSettings,
  ) {}

  /** @throws DomainError `registration_closed`, `password_rejected`, `username_taken`, `service_busy` */
  async register({ password, ...account }: RegisterDto, { ip }: ClientInfo): Promise<AccountProfile> {
    if (this.settings.registration === 'closed') throw new DomainError('registration_closed');
    const identity = [account.username, account.email, account.email?.split('@')[0], account.phone];
    this.passwords.assertAcceptable(
      password,
      identity.filter((part) => part !== undefined),
      'password',
    );
    const hash = await this.passwords.hash(password);
    return this.transactions.run(async (tx) => {
      const profile = await this.accounts.create(tx, account);
      await this.passwords.store(tx, profile.id, hash);
      if (profile.email !== null) await this.emailVerification.send(tx, profile.id, profile.email);
      await this.audit.record(tx, { type: 'account.registered', outcome: 'success', actorId: profile.id, ip });
      return profile;
    });
  }
}
