import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TokensModule } from '../tokens/tokens.module';
import { UsersModule } from '../users/users.module';
import { ChallengeStore } from './challenges/challenge.store';
import { ChallengesController } from './challenges/challenges.controller';
import { CreateChallengeService } from './challenges/create-challenge.service';
import { VerifyChallengeService } from './challenges/verify-challenge.service';
import { FactorAdministration } from './factor-administration';
import { ActivateFactorService } from './enrollment/activate-factor.service';
import { ChangeFactorService } from './enrollment/change-factor.service';
import { ChangeableFactors } from './enrollment/changeable-factors';
import { DropFactorService } from './enrollment/drop-factor.service';
import { EnrollFactorService } from './enrollment/enroll-factor.service';
import { EnrollmentCodes } from './enrollment/enrollment-codes';
import { EnrollmentRights } from './enrollment/enrollment-rights';
import { FactorEvents } from './enrollment/factor-events';
import { FactorQrCodeService } from './enrollment/factor-qr-code.service';
import { FactorRemoval } from './enrollment/factor-removal';
import { FactorsController } from './enrollment/factors.controller';
import { FirstFactorService } from './enrollment/first-factor.service';
import { FirstResponses } from './enrollment/first-responses';
import { ListFactorsService } from './enrollment/list-factors.service';
import { PendingFactors } from './enrollment/pending-factors';
import { RecoveryCodesController } from './enrollment/recovery-codes.controller';
import { RecoveryCodesService } from './enrollment/recovery-codes.service';
import { TakeUpFactorService } from './enrollment/take-up-factor.service';
import { SentCodes } from './factors/codes/sent-codes';
import { EmailCodeFactor } from './factors/email-code/email-code.factor';
import { FactorAttempts } from './factors/factor-attempts';
import { FactorNotices } from './factors/factor-notices';
import { FactorRegistry } from './factors/factor-registry';
import { FactorStore } from './factors/factor.store';
import { RecoveryCodeSets } from './factors/recovery-codes/recovery-code-sets';
import { RecoveryCodeFactor } from './factors/recovery-codes/recovery-code.factor';
import { RecoveryCodeStore } from './factors/recovery-codes/recovery-code.store';
import { SmsCodeFactor } from './factors/sms-code/sms-code.factor';
import { TotpFactor } from './factors/totp/totp.factor';
import { UsableFactors } from './factors/usable-factors';
import { Passkeys } from './factors/webauthn/passkeys';
import { WebauthnCredentialStore } from './factors/webauthn/webauthn-credential.store';
import { WebauthnFactor } from './factors/webauthn/webauthn.factor';
import { MfaHousekeeping } from './mfa-housekeeping';
import { RecordSecondFactorService } from './sign-in/record-second-factor.service';
import { RecentProof } from './sign-in/recent-proof';
import { SessionAccessToken } from './sign-in/session-access-token';
import { SignInMetrics } from './sign-in/sign-in-metrics';
import { CompleteSignInService } from './sign-in/complete-sign-in.service';
import { SignInNotices } from './sign-in/sign-in-notices';
import { SignInTokens } from './sign-in/sign-in-tokens';
import { SignIn } from './sign-in/sign-in.service';

@Module({
  imports: [DiscoveryModule, UsersModule, TokensModule],
  controllers: [FactorsController, ChallengesController, RecoveryCodesController],
  providers: [
    // The factors. One more class here, or in a module of your own, is one more factor.
    TotpFactor,
    EmailCodeFactor,
    SmsCodeFactor,
    WebauthnFactor,
    RecoveryCodeFactor,

    FactorRegistry,
    FactorStore,
    FactorAttempts,
    FactorNotices,
    UsableFactors,
    SentCodes,
    WebauthnCredentialStore,
    Passkeys,
    RecoveryCodeStore,
    RecoveryCodeSets,
    ChallengeStore,
    CreateChallengeService,
    VerifyChallengeService,
    EnrollmentRights,
    EnrollmentCodes,
    FactorEvents,
    EnrollFactorService,
    PendingFactors,
    FactorQrCodeService,
    ActivateFactorService,
    FirstResponses,
    TakeUpFactorService,
    FirstFactorService,
    ListFactorsService,
    ChangeFactorService,
    ChangeableFactors,
    DropFactorService,
    FactorRemoval,
    RecoveryCodesService,
    RecordSecondFactorService,
    SessionAccessToken,
    SignInMetrics,
    CompleteSignInService,
    SignInNotices,
    SignInTokens,
    SignIn,
    RecentProof,
    FactorAdministration,
    MfaHousekeeping,
  ],
  exports: [SignIn, RecentProof, SignInMetrics, FactorStore, FactorAdministration, Passkeys, SentCodes],
})
export class MfaModule {}
