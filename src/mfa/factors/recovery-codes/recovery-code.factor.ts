import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { FactorRecord } from '../factor';
import { malformedResponse } from '../malformed-response';
import { type EnrollmentOffer, type FactorResponse, MfaFactor } from '../mfa-factor';
import { normalizeRecoveryCode } from './recovery-code';
import { RecoveryCodeStore } from './recovery-code.store';

export const RECOVERY_CODE = 'recovery_code';

/** Ten codes on paper for the day the phone is gone. Comes with the first factor. */
@Injectable()
export class RecoveryCodeFactor extends MfaFactor {
  override readonly type = RECOVERY_CODE;
  override readonly acr = 'aal2';
  // RFC 8176 has no value for it: a private name.
  override readonly amr = ['recovery_code'];
  override readonly defaultName = 'Recovery codes';
  override readonly enrollable = false;

  constructor(private readonly codes: RecoveryCodeStore) {
    super();
  }

  override enroll(): Promise<EnrollmentOffer> {
    throw new Error('Recovery codes come with the first factor');
  }

  override activate(): Promise<boolean> {
    return Promise.resolve(false);
  }

  override challenge(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  override async verify(tx: EntityManager, { userId }: FactorRecord, response: FactorResponse): Promise<boolean> {
    if (typeof response.code !== 'string') throw malformedResponse('code', 'code must be a recovery code');
    const code = normalizeRecoveryCode(response.code);
    return code !== undefined && (await this.codes.consume(tx, userId, code));
  }
}
