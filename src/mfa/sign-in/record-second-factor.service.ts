import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Acr } from '../../access/principal';
import { Clock } from '../../platform/clock/clock';
import { type SecondFactorProof, SessionStore } from '../../tokens/sessions/session.store';
import type { FactorRecord } from '../factors/factor';
import type { AuthResult } from './dto/auth-result.dto';
import { SignIn } from './sign-in.service';

interface ShownFactor {
  readonly factor: FactorRecord;
  readonly acr: Acr;
  readonly amr: readonly string[];
}

/** A verified second factor continues the session: new tokens, and none from before. */
@Injectable()
export class RecordSecondFactorService {
  constructor(
    private readonly sessions: SessionStore,
    private readonly signIn: SignIn,
    private readonly clock: Clock,
  ) {}

  /**
   * @param shown the factor, and what it stands for this time
   * @param proof how it was verified
   * @returns undefined when the session, its round or the account is over
   */
  async record(
    tx: EntityManager,
    sessionId: string,
    { factor, acr, amr }: ShownFactor,
    proof: SecondFactorProof,
  ): Promise<AuthResult | undefined> {
    const method = { type: factor.type, factorId: factor.id, acr, amr, at: this.clock.nowInSeconds() };
    const session = await this.sessions.recordSecondFactor(tx, sessionId, method, proof);
    return session && this.signIn.issue(tx, session, 'step_up');
  }
}
