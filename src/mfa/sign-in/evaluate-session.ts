import type { MfaSettings } from '../../platform/config/settings/mfa.settings';
import type { Session, VerifiedMethod } from '../../tokens/sessions/session';
import { assessSession, hasShownSecondFactor, type SessionAssurance } from './assess-session';
import { decideSignIn, type Entry, type SignInDecision } from './decide-sign-in';

/** What is asked of an account before it gets a token. */
export interface EvaluatedAccount {
  readonly status: 'active' | 'disabled';
  readonly roles: readonly string[];
  /** When its first second factor was proven; null while it has none. */
  readonly mfaEnrolledAt: Date | null;
  /** The mailbox that last reset the password; null once an independent factor was verified. */
  readonly recoveredMailbox: string | null;
}

/** What a session gets at this moment, by what it has shown and how long ago. @param now seconds since the epoch */
export function evaluateSession(
  entry: Entry,
  account: EvaluatedAccount,
  session: Session,
  settings: MfaSettings,
  now: number,
): SignInDecision {
  const isIdle = entry === 'refresh' && isIdleAt(session, settings, now);
  return decideSignIn({
    entry,
    account: {
      isActive: account.status === 'active',
      hasFactor: account.mfaEnrolledAt !== null,
      isRecovered: account.recoveredMailbox !== null,
      mustHaveFactor: settings.demandsFactor(account.roles),
      roleDemandsFactor: settings.rolesThatDemandFactor(account.roles).length > 0,
    },
    session: {
      assurance: assess(session, settings, now, isIdle),
      hasShownFactor: hasShownSecondFactor(methodsInUse(session, settings)),
      isIdle,
      stepUpReason: session.stepUpReason,
    },
    whenStale: settings.whenStale,
  });
}

/**
 * What the session's next token would say: what a refresh would find, and nothing of a factor that is asked for anew.
 *
 * @param now seconds since the epoch
 */
export function assuranceOf(session: Session, settings: MfaSettings, now: number): SessionAssurance {
  return assess(session, settings, now, session.stepUpReason !== null || isIdleAt(session, settings, now));
}

function assess(session: Session, settings: MfaSettings, now: number, idle: boolean): SessionAssurance {
  const { secondFactorLapsedAt: lapsedAt } = session;
  const freshness = { now, maxAge: settings.maxAge, lapsedAt: lapsedAt && inSeconds(lapsedAt), idle };
  return assessSession(methodsInUse(session, settings), freshness);
}

/** What was verified by a kind of factor that was switched off since counts as never verified. */
function methodsInUse({ methods }: Session, settings: MfaSettings): readonly VerifiedMethod[] {
  return methods.filter(({ factorId, type }) => factorId === null || settings.factors.includes(type));
}

function isIdleAt({ lastUsedAt }: Session, { idleTimeout }: MfaSettings, now: number): boolean {
  return now - inSeconds(lastUsedAt) > idleTimeout;
}

function inSeconds(moment: Date): number {
  return Math.floor(moment.getTime() / 1000);
}
