import { Injectable } from '@nestjs/common';
import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { FactorRecord } from '../../src/mfa/factors/factor';
import { malformedResponse } from '../../src/mfa/factors/malformed-response';
import {
  type ChallengeContext,
  type ChallengeOffer,
  type EnrollmentOffer,
  type EnrollmentRequest,
  type FactorResponse,
  type FactorVerdict,
  MfaFactor,
  verdictOf,
  WRONG,
} from '../../src/mfa/factors/mfa-factor';
import { DomainError } from '../../src/platform/errors/domain-error';
import { Desk } from './desk';

/** Somebody at the front desk knows the person and lets them in. */
@Injectable()
export class DeskFactor extends MfaFactor {
  override readonly type = 'desk';
  override readonly acr = 'aal2';
  override readonly amr = ['desk'];
  override readonly defaultName = 'Front desk';
  // The desk decides. A lock would only keep its owner out.
  override readonly isGuessable = false;

  constructor(private readonly desk: Desk) {
    super();
  }

  override enroll({ username }: EnrollmentRequest): Promise<EnrollmentOffer> {
    const word = randomBytes(16).toString('base64url');
    return Promise.resolve({
      state: digestOf(word),
      enrollment: { instructions: 'Ask for your word at the desk.' },
      delivery: { deliver: () => this.desk.handOut(username, word) },
    });
  }

  override activate(
    _tx: EntityManager,
    _factor: FactorRecord,
    { code }: FactorResponse,
    state: Buffer | null,
  ): Promise<FactorVerdict> {
    if (code === undefined) throw malformedResponse('code', 'code must be the word from the desk');
    if (state === null) throw new DomainError('challenge_expired', { detail: 'Begin anew, and ask for another word.' });
    return Promise.resolve(verdictOf(timingSafeEqual(digestOf(code), state)));
  }

  override challenge(
    _tx: EntityManager,
    { userId }: FactorRecord,
    { challengeId }: ChallengeContext,
  ): Promise<ChallengeOffer> {
    const number = String(randomInt(10, 100));
    return Promise.resolve({
      state: Buffer.from(challengeId),
      voidsEarlier: true,
      data: { number },
      delivery: { deliver: () => this.desk.ask(challengeId, userId, number) },
    });
  }

  override async verify(
    tx: EntityManager,
    _factor: FactorRecord,
    _response: FactorResponse,
    state: Buffer | null,
  ): Promise<FactorVerdict> {
    const answer = state && (await this.desk.answerTo(tx, state.toString()));
    if (answer === undefined) return { verdict: 'pending', retryAfter: 2 };
    if (answer === 'stranger') return { verdict: 'compromised' };
    return answer === 'yes' ? { verdict: 'right', amr: ['desk', 'user'] } : WRONG;
  }
}

function digestOf(word: string): Buffer {
  return createHash('sha256').update(word).digest();
}
