import { DomainError, type ProblemRequirement } from '../platform/errors/domain-error';
import type { ErrorCode } from '../platform/errors/error-catalogue';
import { type Acr, ACR_LADDER, type Principal, reachesAcr } from './principal';

/** What a route demands of the second factor. */
export interface AssuranceRequirement {
  /** The least rung of the ladder; `aal2` unless said. */
  readonly acr?: Acr;
  /** Seconds for which a verified second factor is good enough. */
  readonly maxAge?: number;
  /** Values of `amr`, one of which must have been verified. */
  readonly methods?: readonly string[];
}

/** What a token says of its holder's authentication. */
export type Assurance = Pick<Principal, 'acr' | 'amr' | 'authTime' | 'mfaTime' | 'mfaEnrolled'>;

/** Seconds for which a sign-in, or a second factor, is recent enough to administer, or to change how an account is recognised. */
export const RECENT_SECONDS = 600;

/** What is missing, and the RFC 9470 challenge that says so. */
export interface AssuranceShortfall {
  readonly code: ErrorCode;
  readonly required: ProblemRequirement;
  /** Parameters of `WWW-Authenticate: Bearer`. */
  readonly challenge: Readonly<Record<string, string>>;
}

/**
 * Requirements that must all be met, as few as possible: the highest rung, the shortest age, and each list of methods. One
 * step-up answers all that one of them asks for.
 */
export function combineRequirements(requirements: readonly AssuranceRequirement[]): readonly AssuranceRequirement[] {
  const acr = ACR_LADDER.findLast((rung) => requirements.some((each) => each.acr === rung));
  const ages = requirements.flatMap(({ maxAge }) => maxAge ?? []);
  const common: AssuranceRequirement = {
    ...(acr !== undefined && { acr }),
    ...(ages.length > 0 && { maxAge: Math.min(...ages) }),
  };
  const lists = requirements.flatMap(({ methods }) => (methods === undefined ? [] : [methods]));
  return lists.length === 0 ? [common] : lists.map((methods) => ({ ...common, methods }));
}

/** The rung that it comes to: whatever is demanded of the second factor, there must be one. */
export function demandedAcr({ acr }: AssuranceRequirement): Acr {
  return acr === undefined || acr === 'aal1' ? 'aal2' : acr;
}

/**
 * What the assurance lacks to meet the requirement; undefined when it is met. Only claims decide; what is absent counts as
 * weakest.
 *
 * @param now seconds since the epoch
 */
export function assessAssurance(
  assurance: Assurance,
  requirement: AssuranceRequirement,
  now: number,
): AssuranceShortfall | undefined {
  const { maxAge, methods } = requirement;
  const acr = demandedAcr(requirement);
  const lacks = (code: ErrorCode, challenge: Record<string, string> = { acr_values: acr }): AssuranceShortfall => ({
    code,
    required: { acr, ...(maxAge !== undefined && { maxAge }), ...(methods && { methods }) },
    challenge: { error: 'insufficient_user_authentication', ...challenge },
  });

  if (!hasSecondFactor(assurance)) return lacks(assurance.mfaEnrolled ? 'mfa_required' : 'mfa_enrollment_required');
  if (!reachesAcr(assurance.acr, acr)) return lacks('mfa_insufficient');
  if (methods && !methods.some((method) => assurance.amr.includes(method))) return lacks('mfa_insufficient');
  if (maxAge !== undefined && now - assurance.mfaTime > maxAge) {
    return lacks('mfa_stale', { acr_values: acr, max_age: String(maxAge) });
  }
  return undefined;
}

/**
 * Whether the last active authentication is recent: the second factor where the account has one, else the password.
 *
 * @param maxAge seconds
 * @param now seconds since the epoch
 */
export function assessRecentAuthentication(
  assurance: Assurance,
  maxAge: number,
  now: number,
): AssuranceShortfall | undefined {
  if (assurance.mfaEnrolled) return assessAssurance(assurance, { maxAge }, now);
  if (now - assurance.authTime <= maxAge) return undefined;
  return {
    code: 'reauthentication_required',
    required: { maxAge },
    challenge: { error: 'insufficient_user_authentication', max_age: String(maxAge) },
  };
}

function hasSecondFactor<T extends Assurance>(assurance: T): assurance is T & { mfaTime: number } {
  return reachesAcr(assurance.acr, 'aal2') && assurance.mfaTime !== null && assurance.amr.includes('mfa');
}

const DETAILS: Partial<Record<ErrorCode, string>> = {
  mfa_required: 'This needs a second factor that was verified not long ago. Verify one and try again.',
  mfa_enrollment_required: 'This needs a second factor, and the account has none yet. Enroll one and try again.',
  mfa_stale: 'The second factor was verified too long ago for this. Verify it again.',
  mfa_insufficient: 'This needs a stronger second factor than the one that was verified.',
  reauthentication_required: 'The last sign-in was too long ago for this. Confirm the password and try again.',
};

/** The refusal that tells a client how to step up. */
export function stepUpError({ code, required, challenge }: AssuranceShortfall): DomainError {
  const detail = DETAILS[code];
  return new DomainError(code, { required, challenge, ...(detail !== undefined && { detail }) });
}
