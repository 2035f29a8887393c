import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../platform/audit/audit-log';
import { AccountSettings } from '../../platform/config/settings/account.settings';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import type { AccountProfile } from '../../users/accounts/account';
import { Accounts } from '../../users/accounts/accounts.store';
import { identityOf } from '../../users/passwords/password-identity';
import { PasswordStore } from '../../users/passwords/password.store';
import { Passwords } from '../../users/passwords/passwords.service';
import { EmailVerificationLink } from '../contact-verification/email-verification-link';
import { PhoneVerificationCode } from '../contact-verification/phone-verification-code';
import type { RegisterDto } from './register.dto';

@Injectable()
export class RegistrationService {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly passwords: Passwords,
    private readonly storedPasswords: PasswordStore,
    private readonly emailLink: EmailVerificationLink,
    private readonly phoneCode: PhoneVerificationCode,
    private readonly audit: AuditLog,
    private readonly settings: AccountSettings,
  ) {}

  /** @throws DomainError `registration_closed`, `password_rejected`, `username_taken`, `service_busy` */
  async register({ password, ...account }: RegisterDto, { ip, acceptLanguage }: ClientInfo): Promise<AccountProfile> {
    if (this.settings.registration === 'closed') throw new DomainError('registration_closed');
    await this.passwords.assertAcceptable(password, identityOf(account), 'password');
    const hash = await this.passwords.hash(password);
    return this.transactions.run(async (tx) => {
      const profile = await this.accounts.create(tx, account);
      await this.storedPasswords.create(tx, profile.id, hash);
      await this.emailLink.sendFirst(tx, profile, acceptLanguage);
      await this.phoneCode.sendFirst(tx, profile, acceptLanguage);
      await this.audit.record(tx, { type: 'account.registered', outcome: 'success', actorId: profile.id, ip });
      return profile;
    });
  }
}
