import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TokensModule } from '../tokens/tokens.module';
import { UsersModule } from '../users/users.module';
import { ChallengeStore } from './challenges/challenge.store';
import { ChallengesController } from './challenges/challenges.controller';
import { CreateChallengeService } from './challenges/create-challenge.service';
import { VerifyChallengeService } from './challenges/verify-challenge.service';
import { ActivateFactorService } from './enrollment/activate-factor.service';
import { ChangeFactorService } from './enrollment/change-factor.service';
import { DropFactorService } from './enrollment/drop-factor.service';
import { EnrollFactorService } from './enrollment/enroll-factor.service';
import { FactorsController } from './enrollment/factors.controller';
import { FirstFactorService } from './enrollment/first-factor.service';
import { ListFactorsService } from './enrollment/list-factors.service';
import { RecoveryCodesController } from './enrollment/recovery-codes.controller';
import { RecoveryCodesService } from './enrollment/recovery-codes.service';
import { FactorAttempts } from './factors/factor-attempts';
import { FactorRegistry } from './factors/factor-registry';
import { FactorStore } from './factors/factor.store';
import { RecoveryCodeFactor } from './factors/recovery-codes/recovery-code.factor';
import { RecoveryCodeSets } from './factors/recovery-codes/recovery-code-sets';
import { RecoveryCodeStore } from './factors/recovery-codes/recovery-code.store';
import { TotpFactor } from './factors/totp/totp.factor';
import { MfaHousekeeping } from './mfa-housekeeping';
import { RecordSecondFactorService } from './sign-in/record-second-factor.service';
import { SessionAccessToken } from './sign-in/session-access-token';
import { SignInTokens } from './sign-in/sign-in-tokens';
import { SignIn } from './sign-in/sign-in.service';

@Module({
  imports: [DiscoveryModule, UsersModule, TokensModule],
  controllers: [FactorsController, ChallengesController, RecoveryCodesController],
  providers: [
    // The factors. One more class here, or in a module of your own, is one more factor.
    TotpFactor,
    RecoveryCodeFactor,

    FactorRegistry,
    FactorStore,
    FactorAttempts,
    RecoveryCodeStore,
    RecoveryCodeSets,
    ChallengeStore,
    CreateChallengeService,
    VerifyChallengeService,
    EnrollFactorService,
    ActivateFactorService,
    FirstFactorService,
    ListFactorsService,
    ChangeFactorService,
    DropFactorService,
    RecoveryCodesService,
    RecordSecondFactorService,
    SessionAccessToken,
    SignInTokens,
    SignIn,
    MfaHousekeeping,
  ],
  exports: [SignIn, FactorStore],
})
export class MfaModule {}
