import { Injectable, Module } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { FactorRecord } from '../../src/mfa/factors/factor';
import {
  type ChallengeOffer,
  type EnrollmentOffer,
  type EnrollmentRequest,
  type FactorResponse,
  type FactorVerdict,
  MfaFactor,
  verdictOf,
} from '../../src/mfa/factors/mfa-factor';

/** The answer that each of these factors takes, as often as it is given. */
export const PLUGGED_ANSWER = 'open sesame';

abstract class PluggedFactor extends MfaFactor {
  override enroll({ email }: EnrollmentRequest): Promise<EnrollmentOffer> {
    return Promise.resolve({ ...(email !== undefined && { destination: email }), enrollment: {} });
  }

  override activate(_tx: EntityManager, _factor: FactorRecord, { code }: FactorResponse): Promise<FactorVerdict> {
    return Promise.resolve(verdictOf(code === PLUGGED_ANSWER));
  }

  override challenge(): Promise<ChallengeOffer> {
    return Promise.resolve({});
  }

  override verify(_tx: EntityManager, _factor: FactorRecord, { code }: FactorResponse): Promise<FactorVerdict> {
    return Promise.resolve(verdictOf(code === PLUGGED_ANSWER));
  }
}

/** A code from somewhere. */
@Injectable()
class AppFactor extends PluggedFactor {
  override readonly type = 'app';
  override readonly acr = 'aal2';
  override readonly amr = ['otp'];
  override readonly defaultName = 'App';
}

/** Whoever reads a mailbox passes it. */
@Injectable()
class MailboxFactor extends PluggedFactor {
  override readonly type = 'mailbox';
  override readonly acr = 'aal2';
  override readonly amr = ['mail'];
  override readonly defaultName = 'Mailbox';

  override mailboxOf({ destination }: Pick<FactorRecord, 'destination'>): string | undefined {
    return destination ?? undefined;
  }
}

/** Two kinds of proof in one: a passkey, as far as the policy sees. */
@Injectable()
class KeyFactor extends PluggedFactor {
  override readonly type = 'key';
  override readonly acr = 'phr';
  override readonly amr = ['hwk', 'user'];
  override readonly defaultName = 'Key';
}

@Module({ providers: [AppFactor, MailboxFactor, KeyFactor] })
class PluggedFactorsModule {}

/** Options of an application that has them. */
export const WITH_PLUGGED_FACTORS = {
  imports: [PluggedFactorsModule],
  env: { MFA_FACTORS: 'totp,recovery_code,app,mailbox,key', DOCS: 'off' },
};
