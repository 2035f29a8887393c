import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { MfaModule } from '../mfa/mfa.module';
import { TokensModule } from '../tokens/tokens.module';
import { UsersModule } from '../users/users.module';
import { AuthController } from './auth.controller';
import { ContactChange } from './contact-verification/contact-change';
import { ContactHousekeeping } from './contact-verification/contact-housekeeping';
import { EmailVerificationController } from './contact-verification/email-verification.controller';
import { EmailVerificationService } from './contact-verification/email-verification.service';
import { EmailVerificationLink } from './contact-verification/email-verification-link';
import { PhoneVerificationController } from './contact-verification/phone-verification.controller';
import { PhoneVerificationService } from './contact-verification/phone-verification.service';
import { PhoneVerificationCode } from './contact-verification/phone-verification-code';
import { PhoneVerificationStore } from './contact-verification/phone-verification.store';
import { RequestEmailChangeService } from './contact-verification/request-email-change.service';
import { RequestPhoneChangeService } from './contact-verification/request-phone-change.service';
import { LoginAudit } from './login/login-audit';
import { LoginService } from './login/login.service';
import { LogoutService } from './logout/logout.service';
import { ChangePasswordService } from './password-change/change-password.service';
import { PasswordChangeController } from './password-change/password-change.controller';
import { ReplacePasswordService } from './password-change/replace-password.service';
import { PasswordRecoveryController } from './password-recovery/password-recovery.controller';
import { ChooseFirstPasswordService } from './password-recovery/choose-first-password.service';
import { RecoverAccountService } from './password-recovery/recover-account.service';
import { RequestPasswordResetService } from './password-recovery/request-password-reset.service';
import { ResetPasswordService } from './password-recovery/reset-password.service';
import { ReauthenticationService } from './reauthentication/reauthentication.service';
import { SessionPassword } from './reauthentication/session-password';
import { PasskeyChallenges } from './passkey-login/passkey-challenges';
import { PasskeyHousekeeping } from './passkey-login/passkey-housekeeping';
import { PasskeyLoginAudit } from './passkey-login/passkey-login-audit';
import { PasskeyLoginController } from './passkey-login/passkey-login.controller';
import { PasskeyLoginService } from './passkey-login/passkey-login.service';
import { ContinueSessionService } from './refresh/continue-session.service';
import { RefreshAudit } from './refresh/refresh-audit';
import { RefreshService } from './refresh/refresh.service';
import { RegistrationService } from './registration/registration.service';
import { IpLocations } from './risk/location/ip-locations';
import { RefreshRisk } from './risk/refresh-risk.service';
import { RiskSignals } from './risk/risk-signals';
import { ImpossibleTravelSignal } from './risk/signals/impossible-travel.signal';
import { LongIdleSignal } from './risk/signals/long-idle.signal';
import { ManyRefusalsSignal } from './risk/signals/many-refusals.signal';
import { NewDeviceSignal } from './risk/signals/new-device.signal';
import { NewNetworkSignal } from './risk/signals/new-network.signal';
import { EndSessionsService } from './sessions/end-sessions.service';
import { ListSessionsService } from './sessions/list-sessions.service';
import { SessionsController } from './sessions/sessions.controller';

@Module({
  imports: [DiscoveryModule, UsersModule, TokensModule, MfaModule],
  controllers: [
    AuthController,
    PasskeyLoginController,
    PasswordRecoveryController,
    PasswordChangeController,
    EmailVerificationController,
    PhoneVerificationController,
    SessionsController,
  ],
  providers: [
    // The risk signals. One more class here, or in a module of your own, is one more signal.
    NewNetworkSignal,
    NewDeviceSignal,
    ImpossibleTravelSignal,
    ManyRefusalsSignal,
    LongIdleSignal,

    RiskSignals,
    IpLocations,
    RefreshRisk,
    RegistrationService,
    EmailVerificationService,
    EmailVerificationLink,
    RequestEmailChangeService,
    PhoneVerificationService,
    PhoneVerificationCode,
    PhoneVerificationStore,
    RequestPhoneChangeService,
    ContactChange,
    ContactHousekeeping,
    LoginAudit,
    LoginService,
    PasskeyChallenges,
    PasskeyLoginAudit,
    PasskeyLoginService,
    PasskeyHousekeeping,
    RefreshAudit,
    ContinueSessionService,
    RefreshService,
    LogoutService,
    SessionPassword,
    ReauthenticationService,
    RequestPasswordResetService,
    ResetPasswordService,
    RecoverAccountService,
    ChooseFirstPasswordService,
    ChangePasswordService,
    ReplacePasswordService,
    ListSessionsService,
    EndSessionsService,
  ],
})
export class AuthModule {}
