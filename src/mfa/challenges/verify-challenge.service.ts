import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type Caller, isMfaTokenHolder } from '../../access/principal';
import { AuditLog } from '../../platform/audit/audit-log';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import { invalidToken } from '../../tokens/access-tokens/bearer-token';
import { FactorAttempts } from '../factors/factor-attempts';
import { FactorRegistry } from '../factors/factor-registry';
import { FactorStore } from '../factors/factor.store';
import type { FactorResponse } from '../factors/mfa-factor';
import type { AuthResult } from '../sign-in/dto/auth-result.dto';
import { RecordSecondFactorService } from '../sign-in/record-second-factor.service';
import { assertMayVerify } from './assert-may-verify';
import { ChallengeStore, type CountedChallenge } from './challenge.store';

type Outcome = { readonly result: AuthResult } | { readonly refusal: DomainError };

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
    private readonly challenges: ChallengeStore,
    private readonly factors: FactorStore,
    private readonly registry: FactorRegistry,
    private readonly attempts: FactorAttempts,
    private readonly secondFactor: RecordSecondFactorService,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Checks a response; a right one uses up the challenge and continues the session with new tokens.
   *
   * @throws DomainError `invalid_code`, `challenge_expired`, `too_many_attempts`, `token_invalid`, `forbidden`
   */
  async verify(caller: Caller, challengeId: string, response: FactorResponse, client: ClientInfo): Promise<AuthResult> {
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
    const challenge = await this.challenges.countAttempt(tx, caller.sessionId, challengeId);
    if (challenge === undefined) return { refusal: expired };
    const factor = await this.factors.findActive(tx, caller.userId, challenge.factorId);
    const plugin = factor && this.registry.find(factor.type);
    if (factor === undefined || plugin === undefined) return { refusal: expired };

    const attempt = await this.attempts.attempt(tx, factor, () => plugin.verify(tx, factor, response));
    if (attempt.verdict === 'gone') return { refusal: expired };
    if (attempt.verdict !== 'right') {
      await this.audit.record(tx, {
        type: 'mfa.verified',
        outcome: 'failure',
        actorId: caller.userId,
        sessionId: caller.sessionId,
        ip: client.ip,
        details: { factorType: factor.type, factorId: factor.id, cause: attempt.verdict },
      });
      return { refusal: attempt.verdict === 'locked' ? attempt.error : wrongCode(challenge) };
    }
    // The order of locks is the same for everybody: account, challenge, factor, session.
    if (!(await this.challenges.consume(tx, challengeId))) throw new Undo(expired);
    const round = isMfaTokenHolder(caller) ? caller.round : undefined;
    const result = await this.secondFactor.record(tx, caller.sessionId, factor, plugin, { round, isFurther: false });
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
}

function wrongCode({ attemptsRemaining }: CountedChallenge): DomainError {
  return new DomainError('invalid_code', {
    detail: 'The code is wrong, too old, or was used before: a code works once.',
    attemptsRemaining,
  });
}
