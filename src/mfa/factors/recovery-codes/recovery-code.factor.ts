import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { FactorRecord } from '../factor';
import { FactorNotices } from '../factor-notices';
import { malformedResponse } from '../malformed-response';
import {
  type ChallengeOffer,
  type EnrollmentOffer,
  type FactorResponse,
  type FactorVerdict,
  MfaFactor,
  RIGHT,
  WRONG,
} from '../mfa-factor';
import { normalizeRecoveryCode } from './recovery-code';
import { RecoveryCodeStore } from './recovery-code.store';

export const RECOVERY_CODE = 'recovery_code';

/** So many or fewer are worth a warning. */
const FEW = 3;

/** Ten codes on paper for the day the phone is gone. Comes with the first factor. */
@Injectable()
export class RecoveryCodeFactor extends MfaFactor {
  override readonly type = RECOVERY_CODE;
  override readonly acr = 'aal2';
  // RFC 8176 has no value for it: a private name.
  override readonly amr = ['recovery_code'];
  override readonly defaultName = 'Recovery codes';
  override readonly isBackup = true;
  override readonly isGuessable = false;

  constructor(
    private readonly codes: RecoveryCodeStore,
    private readonly notices: FactorNotices,
  ) {
    super();
  }

  override enroll(): Promise<EnrollmentOffer> {
    throw new Error('Recovery codes come with the first factor');
  }

  override activate(): Promise<FactorVerdict> {
    return Promise.resolve(WRONG);
  }

  override challenge(): Promise<ChallengeOffer> {
    return Promise.resolve({});
  }

  override async verify(tx: EntityManager, { userId }: FactorRecord, response: FactorResponse): Promise<FactorVerdict> {
    if (typeof response.code !== 'string') throw malformedResponse('code', 'code must be a recovery code');
    const code = normalizeRecoveryCode(response.code);
    if (code === undefined || !(await this.codes.consume(tx, userId, code))) return WRONG;
    const { remaining } = await this.codes.status(tx, userId);
    const warning = warningOf(remaining);
    const values = { remaining: String(remaining), ...(warning !== undefined && { warning }) };
    await this.notices.send(tx, userId, 'recovery-code-used', values);
    return RIGHT;
  }

  override async forget(tx: EntityManager, { userId }: FactorRecord): Promise<void> {
    await this.codes.drop(tx, userId);
  }

  override async warningsFor(db: EntityManager, userId: string): Promise<string[]> {
    const warning = warningOf((await this.codes.status(db, userId)).remaining);
    return warning === undefined ? [] : [warning];
  }
}

function warningOf(remaining: number): string | undefined {
  if (remaining === 0) return 'no_recovery_codes';
  return remaining <= FEW ? 'recovery_codes_low' : undefined;
}
