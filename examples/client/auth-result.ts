import type { AuthResult, Authenticated, Factor, SecondFactorWanted, Session } from './contract';
import { CountersignProblem } from './problem';

/** What the application is told of a sign-in; the tokens stay in here. */
export type SignInOutcome =
  { status: 'authenticated'; session: Session } | Pick<SecondFactorWanted, 'status' | 'reason' | 'factors'>;

export type Verification =
  | { status: 'authenticated'; session: Session }
  /** A plug-in waits, for a tap on another device perhaps: ask again after so many seconds. */
  | { status: 'pending'; retryAfter: number };

export interface Activation {
  factor: Factor;
  /** Ten, with the first factor only, and never again: show them to the person. */
  recoveryCodes?: string[];
  outcome: SignInOutcome;
}

export function outcomeOf(result: AuthResult): SignInOutcome {
  return result.status === 'authenticated'
    ? { status: result.status, session: result.session }
    : { status: result.status, reason: result.reason, factors: result.factors };
}

/** Takes an answer for an `AuthResult` only if it is one. */
export function authResult(answer: unknown): AuthResult {
  const result = answer as Partial<AuthResult> | null | undefined;
  const lifetime = typeof result?.expiresIn === 'number';
  if (result?.status === 'authenticated' && typeof result.accessToken === 'string' && lifetime) {
    return result as Authenticated;
  }
  if (
    (result?.status === 'mfa_required' || result?.status === 'mfa_enrollment_required') &&
    typeof result.mfaToken === 'string' &&
    lifetime
  ) {
    return { ...(result as SecondFactorWanted), factors: result.factors ?? [] };
  }
  throw new CountersignProblem({ status: 200, code: 'unexpected_answer', detail: 'The answer is not an AuthResult' });
}
