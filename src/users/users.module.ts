import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module';
import { AccountDirectory } from './accounts/account-directory.store';
import { Accounts } from './accounts/accounts.store';
import { VerifiedContacts } from './accounts/verified-contacts.store';
import { ContactAttemptStore } from './contact-limits/contact-attempt.store';
import { ContactLimits } from './contact-limits/contact-limits';
import { Notices } from './notices/notices';
import { OneTimeTokenStore } from './one-time-tokens/one-time-token.store';
import { KnownDevices } from './password-attempts/known-devices';
import { LockNotices } from './password-attempts/lock-notices';
import { PasswordAttempts } from './password-attempts/password-attempts.service';
import { PasswordCountStore } from './password-attempts/password-count.store';
import { BreachedPasswords } from './passwords/breached-passwords';
import { PasswordResetLink } from './passwords/password-reset-link';
import { PasswordResetMails } from './passwords/password-reset-mails';
import { PasswordStore } from './passwords/password.store';
import { HashQueueMetrics } from './passwords/hash-queue-metrics';
import { Passwords } from './passwords/passwords.service';
import { ProfileController } from './profile/profile.controller';
import { ProfileService } from './profile/profile.service';
import { RoleStore } from './roles/role.store';
import { RoleSeeder } from './roles/role-seeder';
import { SeenClientStore } from './seen-clients/seen-client.store';
import { UserHousekeeping } from './user-housekeeping';

@Module({
  imports: [
    AccessModule.forFeature({
      permissions: {
        'users:read': 'See accounts',
        'users:write': 'Create, change and delete accounts',
        'audit:read': 'See audit events',
        'keys:read': 'See signing keys',
        'keys:write': 'Rotate signing keys',
      },
      roles: { user: [], auditor: ['audit:read', 'users:read'] },
    }),
  ],
  controllers: [ProfileController],
  providers: [
    Accounts,
    VerifiedContacts,
    AccountDirectory,
    ContactAttemptStore,
    ContactLimits,
    Notices,
    BreachedPasswords,
    KnownDevices,
    LockNotices,
    PasswordAttempts,
    PasswordCountStore,
    PasswordStore,
    PasswordResetMails,
    PasswordResetLink,
    Passwords,
    HashQueueMetrics,
    OneTimeTokenStore,
    ProfileService,
    RoleSeeder,
    RoleStore,
    SeenClientStore,
    UserHousekeeping,
  ],
  exports: [
    Accounts,
    VerifiedContacts,
    AccountDirectory,
    ContactLimits,
    Notices,
    KnownDevices,
    PasswordAttempts,
    PasswordCountStore,
    Passwords,
    PasswordStore,
    PasswordResetLink,
    PasswordResetMails,
    OneTimeTokenStore,
    RoleStore,
    SeenClientStore,
  ],
})
export class UsersModule {}
