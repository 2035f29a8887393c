import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type Caller, isMfaTokenHolder } from '../../access/principal';
import { AuditLog } from '../../platform/audit/audit-log';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import { invalidToken } from '../../tokens/access-tokens/bearer-token';
import { Accounts } from '../../users/accounts/accounts.store';
import { FactorAttempts } from '../factors/factor-attempts';
import { FactorStore } from '../factors/factor.store';
import type { FactorResponse } from '../factors/mfa-factor';
import { UsableFactors } from '../factors/usable-factors';
import type { AuthResult } from '../sign-in/dto/auth-result.dto';
import { RecordSecondFactorService } from '../sign-in/record-second-factor.service';
import { assertMayVerify } from './assert-may-verify';
import { ChallengeStore } from './challenge.store';
import type { PendingChallengeDto } from './dto/challenge.dto';
import { wrongResponse } from './wrong-response';

type Outcome = { readonly result: AuthResult | PendingChallengeDto } | { readonly refusal: DomainError };

/** The transaction is undone, and the refusal stands. */
class Undo extends Error {
  constructor(readonly refusal: DomainError) {
    super(refusal.message);
  }
}

@Injectable()
export class VerifyChallengeService {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly challenges: ChallengeStore,
    private readonly factors: FactorStore,
    private readonly usable: UsableFactors,
    private readonly attempts: FactorAttempts,
    private readonly secondFactor: RecordSecondFactorService,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Checks a response; a right one uses up the challenge and continues the session with new tokens. Where a factor waits for
   * somebody, `pending`.
   *
   * @throws DomainError `invalid_code`, `challenge_expired`, `too_many_attempts`, `token_invalid`, `forbidden`
   */
  async verify(
    caller: Caller,
    challengeId: string,
    response: FactorResponse,
    client: ClientInfo,
  ): Promise<AuthResult | PendingChallengeDto> {
    assertMayVerify(caller);
    try {
      // A wrong code's count stays: the refusal is returned, and thrown after the commit.
      const outcome = await this.transactions.run((tx) => this.check(tx, caller, challengeId, response, client));
      if ('refusal' in outcome) throw outcome.refusal;
      return outcome.result;
    } catch (error) {
      throw error instanceof Undo ? error.refusal : error;
    }
  }

  private async check(
    tx: EntityManager,
    caller: Caller,
    challengeId: string,
    response: FactorResponse,
    client: ClientInfo,
  ): Promise<Outcome> {
    const expired = new DomainError('challenge_expired', {
      detail: 'The challenge is too old, was used, or its tries are spent. Begin a new one.',
    });
    // The order of locks is the same for everybody: account, challenge, factor, session.
    await this.accounts.lock(tx, caller.userId);
    const challenge = await this.challenges.countAttempt(tx, caller.sessionId, challengeId);
    if (challenge === undefined) {
      await this.refused(tx, caller, client, { cause: 'expired' });
      return { refusal: expired };
    }
    const factor = await this.factors.findActive(tx, caller.userId, challenge.factorId);
    if (factor === undefined) {
      await this.refused(tx, caller, client, { cause: 'gone', factorId: challenge.factorId });
      return { refusal: expired };
    }
    // Once more: the challenge may have been begun before the password was reset.
    const plugin = await this.usable.pluginOf(tx, factor);

    const answered = { challengeId, sessionId: caller.sessionId };
    const attempt = await this.attempts.attempt(tx, { factor, plugin, ip: client.ip }, () =>
      plugin.verify(tx, factor, response, challenge.state, answered),
    );
    if (attempt.verdict === 'pending') {
      await this.challenges.uncountAttempt(tx, challengeId);
      return { result: { status: 'pending', retryAfter: attempt.retryAfter } };
    }
    if (attempt.verdict !== 'right') {
      // Nothing was looked at.
      if (attempt.verdict === 'locked') await this.challenges.uncountAttempt(tx, challengeId);
      const details = { factorType: factor.type, factorId: factor.id, cause: attempt.verdict };
      await this.refused(tx, caller, client, details);
      if (attempt.verdict === 'gone') return { refusal: expired };
      return { refusal: attempt.verdict === 'wrong' ? wrongResponse(response, attempt, challenge) : attempt.error };
    }
    if (!(await this.challenges.consume(tx, challengeId))) throw new Undo(expired);
    const round = isMfaTokenHolder(caller) ? caller.round : undefined;
    const shown = { factor, acr: plugin.acr, amr: attempt.amr ?? plugin.amr };
    const result = await this.secondFactor.record(tx, caller.sessionId, shown, { round, isFurther: false, client });
    // The session ended, or another challenge of this round was answered first: nothing of this one stays.
    if (result === undefined) throw new Undo(invalidToken('the session or its round of verification is over'));
    await this.audit.record(tx, {
      type: 'mfa.verified',
      outcome: 'success',
      actorId: caller.userId,
      sessionId: caller.sessionId,
      ip: client.ip,
      details: { factorType: factor.type, factorId: factor.id },
    });
    return { result };
  }

  private async refused(
    tx: EntityManager,
    { userId, sessionId }: Caller,
    { ip }: ClientInfo,
    details: { cause: string; factorType?: string; factorId?: string },
  ): Promise<void> {
    await this.audit.record(tx, { type: 'mfa.verified', outcome: 'failure', actorId: userId, sessionId, ip, details });
  }
}
