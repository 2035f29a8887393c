import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../access/principal';
import { SessionEndings } from '../../tokens/sessions/session-endings.store';
import type { SignInAccount } from '../../users/accounts/account';
import { Accounts } from '../../users/accounts/accounts.store';
import type { FactorRecord } from '../factors/factor';
import { FactorStore } from '../factors/factor.store';
import { RecoveryCodeSets } from '../factors/recovery-codes/recovery-code-sets';
import { EnrollmentCodes } from './enrollment-codes';

/** What happens once in an account's life with second factors: the first one. */
@Injectable()
export class FirstFactorService {
  constructor(
    private readonly accounts: Accounts,
    private readonly factors: FactorStore,
    private readonly sessions: SessionEndings,
    private readonly recoveryCodes: RecoveryCodeSets,
    private readonly enrollmentCodes: EnrollmentCodes,
  ) {}

  /**
   * Makes this the account's first factor, if nobody was quicker: every other pending factor and every other session that only
   * knows the password goes, and recovery codes are made.
   *
   * @param account as it was before the factor
   * @returns the recovery codes; undefined when the account had a factor already
   * @throws DomainError `invalid_token` when it takes an enrollment code
   */
  async claim(
    tx: EntityManager,
    caller: Caller,
    account: SignInAccount,
    factor: FactorRecord,
  ): Promise<string[] | undefined> {
    if (!(await this.accounts.claimFirstFactor(tx, caller.userId))) return undefined;
    await this.enrollmentCodes.consume(tx, account, factor.enrollmentTokenId);
    await this.factors.dropOtherPending(tx, caller.userId, factor.id);
    await this.sessions.endOtherPending(tx, caller.userId, caller.sessionId);
    return this.recoveryCodes.areOffered ? this.recoveryCodes.renew(tx, caller.userId) : [];
  }
}
