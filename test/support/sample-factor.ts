import { Injectable, Module } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { FactorRecord } from '../../src/mfa/factors/factor';
import {
  type ChallengeOffer,
  type EnrollmentOffer,
  type FactorResponse,
  type FactorVerdict,
  MfaFactor,
  verdictOf,
} from '../../src/mfa/factors/mfa-factor';

/** The answer that the sample factor takes, as often as it is given. */
export const SAMPLE_ANSWER = 'open sesame';

/** A second kind of factor, as a team would plug it in. */
@Injectable()
class SampleFactor extends MfaFactor {
  override readonly type = 'sample';
  override readonly acr = 'aal2';
  override readonly amr = ['sample'];
  override readonly defaultName = 'Sample';

  override enroll(): Promise<EnrollmentOffer> {
    return Promise.resolve({ enrollment: {} });
  }

  override activate(_tx: EntityManager, _factor: FactorRecord, { code }: FactorResponse): Promise<FactorVerdict> {
    return Promise.resolve(verdictOf(code === SAMPLE_ANSWER));
  }

  override challenge(): Promise<ChallengeOffer> {
    return Promise.resolve({});
  }

  override verify(_tx: EntityManager, _factor: FactorRecord, { code }: FactorResponse): Promise<FactorVerdict> {
    return Promise.resolve(verdictOf(code === SAMPLE_ANSWER));
  }
}

@Module({ providers: [SampleFactor] })
class SampleFactorModule {}

/** Options of an application that has the sample factor too. */
export const WITH_SAMPLE_FACTOR = {
  imports: [SampleFactorModule],
  env: { MFA_FACTORS: 'totp,recovery_code,sample' },
};
