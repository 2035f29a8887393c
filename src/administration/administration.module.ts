import { Module } from '@nestjs/common';
import { MfaModule } from '../mfa/mfa.module';
import { TokensModule } from '../tokens/tokens.module';
import { UsersModule } from '../users/users.module';
import { AccountRecoveryController } from './accounts/account-recovery.controller';
import { AccountsController } from './accounts/accounts.controller';
import { ChangeAccountService } from './accounts/change-account.service';
import { CreateAccountService } from './accounts/create-account.service';
import { DeleteAccountService } from './accounts/delete-account.service';
import { LookUpAccountsService } from './accounts/look-up-accounts.service';
import { ResetFactorsService } from './accounts/reset-factors.service';
import { RevokeSessionsService } from './accounts/revoke-sessions.service';
import { SendPasswordLinkService } from './accounts/send-password-link.service';
import { UnlockAccountService } from './accounts/unlock-account.service';
import { AdministrativeActs } from './acts/administrative-acts';
import { GrantableRoles } from './acts/grantable-roles';
import { AuditEventsController } from './audit/audit-events.controller';
import { AuditEventsService } from './audit/audit-events.service';
import { EnrollmentCodeMessages } from './messages/enrollment-code-messages';
import { Invitations } from './messages/invitations';
import { OwnAccountController } from './own-account/own-account.controller';
import { RolesController } from './roles/roles.controller';
import { RolesService } from './roles/roles.service';

@Module({
  imports: [UsersModule, TokensModule, MfaModule],
  controllers: [
    AccountsController,
    AccountRecoveryController,
    RolesController,
    AuditEventsController,
    OwnAccountController,
  ],
  providers: [
    AdministrativeActs,
    GrantableRoles,
    LookUpAccountsService,
    CreateAccountService,
    ChangeAccountService,
    DeleteAccountService,
    RevokeSessionsService,
    ResetFactorsService,
    SendPasswordLinkService,
    UnlockAccountService,
    Invitations,
    EnrollmentCodeMessages,
    RolesService,
    AuditEventsService,
  ],
})
export class AdministrationModule {}
