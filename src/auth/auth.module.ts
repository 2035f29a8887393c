import { Module } from '@nestjs/common';
import { MfaModule } from '../mfa/mfa.module';
import { TokensModule } from '../tokens/tokens.module';
import { UsersModule } from '../users/users.module';
import { AuthController } from './auth.controller';
import { EmailVerificationController } from './contact-verification/email-verification.controller';
import { EmailVerificationService } from './contact-verification/email-verification.service';
import { LoginAudit } from './login/login-audit';
import { LoginService } from './login/login.service';
import { LogoutService } from './logout/logout.service';
import { ReauthenticationService } from './reauthentication/reauthentication.service';
import { RefreshService } from './refresh/refresh.service';
import { RegistrationService } from './registration/registration.service';
import { EndSessionsService } from './sessions/end-sessions.service';
import { ListSessionsService } from './sessions/list-sessions.service';
import { SessionsController } from './sessions/sessions.controller';

@Module({
  imports: [UsersModule, TokensModule, MfaModule],
  controllers: [AuthController, EmailVerificationController, SessionsController],
  providers: [
    RegistrationService,
    EmailVerificationService,
    LoginAudit,
    LoginService,
    RefreshService,
    LogoutService,
    ReauthenticationService,
    ListSessionsService,
    EndSessionsService,
  ],
})
export class AuthModule {}
