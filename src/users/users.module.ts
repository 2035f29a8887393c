import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module';
import { Accounts } from './accounts/accounts.store';
import { OneTimeTokenStore } from './one-time-tokens/one-time-token.store';
import { Passwords } from './passwords/passwords.service';
import { ProfileController } from './profile/profile.controller';
import { ProfileService } from './profile/profile.service';
import { RoleSeeder } from './roles/role-seeder';
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
  providers: [Accounts, Passwords, OneTimeTokenStore, ProfileService, RoleSeeder, UserHousekeeping],
  exports: [Accounts, Passwords, OneTimeTokenStore],
})
export class UsersModule {}
