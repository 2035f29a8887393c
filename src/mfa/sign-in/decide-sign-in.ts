import type { StepUpReason } from '../../tokens/sessions/session';
import type { SessionAssurance } from './assess-session';

/**
 * How somebody comes to ask for a token: by password or passkey, by a second factor that was verified just now, by a refresh
 * token, or by the password once more.
 */
export const ENTRIES = ['sign_in', 'step_up', 'refresh', 'reauthentication'] as const;
export type Entry = (typeof ENTRIES)[number];

export interface SignInFacts {
  readonly entry: Entry;
  readonly account: {
    readonly isActive: boolean;
    /** Has an active second factor. */
    readonly hasFactor: boolean;
    /** A mailbox has reset the password, and no independent factor was verified since. */
    readonly isRecovered: boolean;
    /** Policy, or one of its roles, demands a second factor. */
    readonly mustHaveFactor: boolean;
    /** One of its roles demands a second factor: a stale one is never merely lowered. */
    readonly roleDemandsFactor: boolean;
  };
  readonly session: {
    readonly assurance: SessionAssurance;
    /** A second factor was verified in it once, however long ago. */
    readonly hasShownFactor: boolean;
    readonly isIdle: boolean;
    readonly stepUpReason: StepUpReason | null;
  };
  readonly whenStale: 'lower' | 'challenge';
}

export type MfaReason = 'login' | StepUpReason;

export type SignInDecision =
  | { readonly status: 'authenticated'; readonly assurance: SessionAssurance; readonly lapse: boolean }
  | { readonly status: 'mfa_required'; readonly reason: MfaReason }
  | { readonly status: 'mfa_enrollment_required'; readonly reason: MfaReason }
  | { readonly status: 'refused' };

/** What comes out of every way in. The only place that decides it; docs/assurance.md has it as a table. */
export function decideSignIn({ entry, account, session, whenStale }: SignInFacts): SignInDecision {
  const { assurance, stepUpReason } = session;
  if (!account.isActive) return { status: 'refused' };
  if (stepUpReason !== null) {
    // Nobody without a factor could ever answer: the session ends.
    return account.hasFactor ? { status: 'mfa_required', reason: stepUpReason } : { status: 'refused' };
  }
  const authenticated = (lapse = false) => ({ status: 'authenticated', assurance, lapse }) as const;
  if (!account.hasFactor) {
    return account.mustHaveFactor ? { status: 'mfa_enrollment_required', reason: 'policy' } : authenticated();
  }
  // Reauthentication is about now: what was verified before does not answer it.
  if (entry === 'reauthentication') return { status: 'mfa_required', reason: 'login' };
  if (assurance.mfaTime !== null) return authenticated();
  if (entry !== 'refresh') return { status: 'mfa_required', reason: account.isRecovered ? 'recovery' : 'login' };
  // A refresh in a session that has yet to show a factor that the account got elsewhere.
  if (!session.hasShownFactor) return { status: 'mfa_required', reason: 'policy' };
  if (account.roleDemandsFactor || whenStale === 'challenge') {
    return { status: 'mfa_required', reason: session.isIdle ? 'idle' : 'mfa_expired' };
  }
  return authenticated(true);
}
