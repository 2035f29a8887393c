import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  assessAssurance,
  assessRecentAuthentication,
  type Assurance,
  type AssuranceShortfall,
  RECENT_SECONDS,
  stepUpError,
} from '../../access/assurance';
import type { Principal } from '../../access/principal';
import { Clock } from '../../platform/clock/clock';
import { invalidToken } from '../../tokens/access-tokens/bearer-token';
import { SessionStore } from '../../tokens/sessions/session.store';
import { SignIn } from './sign-in.service';

type Assess = (shown: Assurance, maxAge: number, now: number) => AssuranceShortfall | undefined;

/**
 * Looks again, in the transaction of a change, at what the guard read in the token: by whether the account has a second factor
 * at this moment, and by both the token and its session. A token may be older than the session's second factor, and may tell of
 * one that was dropped since.
 */
@Injectable()
export class RecentProof {
  constructor(
    private readonly sessions: SessionStore,
    private readonly signIn: SignIn,
    private readonly clock: Clock,
  ) {}

  /**
   * Asks for a recent second factor where the account has one, else for a recent sign-in.
   *
   * @param tx holds the account's lock, where what is proven must stay so until its end
   * @throws DomainError `token_invalid` when the session is over, or the step-up that is missing
   */
  async assertAuthentication(tx: EntityManager, caller: Principal, mfaEnrolled: boolean): Promise<void> {
    await this.assert(tx, caller, mfaEnrolled, assessRecentAuthentication);
  }

  /**
   * Asks for a recent second factor, whether or not the account has one.
   *
   * @param tx as above
   * @throws DomainError `token_invalid` when the session is over, or the step-up that is missing
   */
  async assertSecondFactor(tx: EntityManager, caller: Principal, mfaEnrolled: boolean): Promise<void> {
    await this.assert(tx, caller, mfaEnrolled, (shown, maxAge, now) => assessAssurance(shown, { maxAge }, now));
  }

  private async assert(tx: EntityManager, caller: Principal, mfaEnrolled: boolean, assess: Assess): Promise<void> {
    const session = await this.sessions.find(tx, caller.sessionId);
    if (session?.isLiveAt(this.clock.now()) !== true) throw invalidToken('the session is over');
    const authTime = Math.floor(session.authTime.getTime() / 1000);
    const byToken = { ...caller, mfaEnrolled };
    const bySession = { ...this.signIn.assuranceOf(session), authTime, mfaEnrolled };
    for (const shown of [byToken, bySession]) {
      const shortfall = assess(shown, RECENT_SECONDS, this.clock.nowInSeconds());
      if (shortfall) throw stepUpError(shortfall);
    }
  }
}
