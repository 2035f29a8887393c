import type { MfaSettings } from '../../platform/config/settings/mfa.settings';
import type { Session } from '../../tokens/sessions/session';
import { assessSession, hasShownSecondFactor } from './assess-session';
import { decideSignIn, type Entry, type SignInDecision } from './decide-sign-in';

/** What is asked of an account before it gets a token. */
export interface EvaluatedAccount {
  readonly status: 'active' | 'disabled';
  readonly roles: readonly string[];
  /** When its first second factor was proven; null while it has none. */
  readonly mfaEnrolledAt: Date | null;
}

/** What a session gets at this moment, by what it has shown and how long ago. @param now seconds since the epoch */
export function evaluateSession(
  entry: Entry,
  account: EvaluatedAccount,
  session: Session,
  settings: MfaSettings,
  now: number,
): SignInDecision {
  const lapsedAt = session.secondFactorLapsedAt;
  const isIdle = entry === 'refresh' && now - inSeconds(session.lastUsedAt) > settings.idleTimeout;
  const freshness = { now, maxAge: settings.maxAge, lapsedAt: lapsedAt && inSeconds(lapsedAt), idle: isIdle };
  return decideSignIn({
    entry,
    account: {
      isActive: account.status === 'active',
      hasFactor: account.mfaEnrolledAt !== null,
      mustHaveFactor: settings.demandsFactor(account.roles),
      roleDemandsFactor: settings.rolesThatDemandFactor(account.roles).length > 0,
    },
    session: {
      assurance: assessSession(session.methods, freshness),
      hasShownFactor: hasShownSecondFactor(session.methods),
      isIdle,
      stepUpReason: session.stepUpReason,
    },
    whenStale: settings.whenStale,
  });
}

function inSeconds(moment: Date): number {
  return Math.floor(moment.getTime() / 1000);
}
