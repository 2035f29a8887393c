/** The counters of a session, and when a refresh last moved them. */
export interface RefreshCounters {
  readonly counter: number;
  /** The counter that was current when a second factor, or the password again, was last verified. */
  readonly supersededCounter: number | null;
  /** The first such counter, where the tokens of the later ones were never refreshed. */
  readonly supersededFrom: number | null;
  readonly rotatedAt: Date | null;
}

/**
 * - `current`: rotates.
 * - `previous`: the one before, so recent that two tabs or a lost answer explain it; gets the current token again.
 * - `superseded`: the one that was current when a second factor was last verified, or the password confirmed, or just then the
 *   previous one; refused, the session lives.
 * - `reused`: nobody honest has it any more; ends the session.
 */
export type RefreshTokenStanding = 'current' | 'previous' | 'superseded' | 'reused';

/**
 * What a genuine refresh token is to its session now.
 *
 * @param grace seconds for which the token before the current one is still answered
 */
export function classifyRefreshToken(
  presented: number,
  { counter, supersededCounter, supersededFrom, rotatedAt }: RefreshCounters,
  now: Date,
  grace: number,
): RefreshTokenStanding {
  if (presented === counter) return 'current';
  if (supersededCounter !== null && isSuperseded(presented, supersededFrom ?? supersededCounter, supersededCounter)) {
    return 'superseded';
  }
  const age = rotatedAt === null ? Number.POSITIVE_INFINITY : now.getTime() - rotatedAt.getTime();
  if (age > grace * 1000) return 'reused';
  if (presented === counter - 1) return 'previous';
  // No refresh since the second factor or the password, so the rotation of that time is the one before it: two tabs, and a third that verified.
  const isJustVerified = supersededCounter !== null && counter === supersededCounter + 2;
  return isJustVerified && presented === (supersededFrom ?? supersededCounter) - 1 ? 'superseded' : 'reused';
}

/** Each verification moves the counter on by two: whoever lost the answer and verified again left every other number out. */
function isSuperseded(presented: number, first: number, last: number): boolean {
  return presented >= first && presented <= last && (last - presented) % 2 === 0;
}
