import { type Acr, reachesAcr } from '../../access/principal';
import type { VerifiedMethod } from '../../tokens/sessions/session';

/** What a session has shown, as far as it still counts. */
export interface SessionAssurance {
  readonly acr: Acr;
  readonly amr: readonly string[];
  /** Seconds since the epoch of the last second factor that still counts; null when none does. */
  readonly mfaTime: number | null;
}

/** Seconds since the epoch, and durations in seconds. */
export interface Freshness {
  readonly now: number;
  /** For how long a second factor counts. */
  readonly maxAge: number;
  /** Second factors verified before then no longer count; null when that never happened. */
  readonly lapsedAt: number | null;
  /** Whether the session was idle for too long just now. */
  readonly idle: boolean;
}

/**
 * The assurance that a session's verified methods give at this moment. What began the session counts for as long as it lives, at
 * `aal1`; a second factor counts while it is fresh, and only beside something of another kind. What is absent counts as weakest.
 */
export function assessSession(methods: readonly VerifiedMethod[], freshness: Freshness): SessionAssurance {
  const counting = methods.filter((method) => !isSecondFactor(method) || isFresh(method, freshness));
  const secondFactors = counting.filter(isSecondFactor);
  const amr = [...new Set(counting.flatMap((method) => method.amr))].filter((value) => value !== 'mfa');
  // RFC 8176 §2: `mfa` is two kinds of proof. Codes alone, however many, prove possession only.
  const hasOtherKind = methods.some((method) => !isSecondFactor(method) || verifiesUser(method));
  if (secondFactors.length === 0 || !hasOtherKind) return { acr: 'aal1', amr, mfaTime: null };
  return {
    acr: secondFactors.some(({ acr }) => acr === 'phr') ? 'phr' : 'aal2',
    amr: [...amr, 'mfa'],
    mfaTime: Math.max(...secondFactors.map(({ at }) => at)),
  };
}

/** Whether any second factor was ever verified, however long ago. */
export function hasShownSecondFactor(methods: readonly VerifiedMethod[]): boolean {
  return methods.some(isSecondFactor);
}

function isSecondFactor({ acr }: VerifiedMethod): boolean {
  return reachesAcr(acr, 'aal2');
}

/** A passkey that was unlocked by PIN or fingerprint is two kinds of proof by itself. */
function verifiesUser({ amr }: VerifiedMethod): boolean {
  return amr.includes('user');
}

function isFresh({ at }: VerifiedMethod, { now, maxAge, lapsedAt, idle }: Freshness): boolean {
  return !idle && now - at <= maxAge && (lapsedAt === null || at >= lapsedAt);
}
