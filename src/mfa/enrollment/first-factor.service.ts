import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../access/principal';
import { DomainError } from '../../platform/errors/domain-error';
import { SessionStore } from '../../tokens/sessions/session.store';
import { Accounts } from '../../users/accounts/accounts.store';
import { OneTimeTokenStore } from '../../users/one-time-tokens/one-time-token.store';
import type { FactorRecord } from '../factors/factor';
import { FactorStore } from '../factors/factor.store';
import { RecoveryCodeSets } from '../factors/recovery-codes/recovery-code-sets';

/** What happens once in an account's life with second factors: the first one. */
@Injectable()
export class FirstFactorService {
  constructor(
    private readonly accounts: Accounts,
    private readonly factors: FactorStore,
    private readonly sessions: SessionStore,
    private readonly recoveryCodes: RecoveryCodeSets,
    private readonly oneTimeTokens: OneTimeTokenStore,
  ) {}

  /**
   * Makes this the account's first factor, if nobody was quicker: every other pending factor and every other session that only
   * knows the password goes, and recovery codes are made.
   *
   * @returns the recovery codes; undefined when the account had a factor already
   */
  async claim(tx: EntityManager, caller: Caller, factor: FactorRecord): Promise<string[] | undefined> {
    if (!(await this.accounts.claimFirstFactor(tx, caller.userId))) return undefined;
    if (factor.enrollmentTokenId !== null && !(await this.oneTimeTokens.consume(tx, factor.enrollmentTokenId))) {
      throw new DomainError('invalid_token', { detail: 'The enrollment code is too old or was used.' });
    }
    await this.factors.dropOtherPending(tx, caller.userId, factor.id);
    await this.sessions.endOtherPending(tx, caller.userId, caller.sessionId);
    return this.recoveryCodes.areOffered ? this.recoveryCodes.renew(tx, caller.userId) : [];
  }
}
