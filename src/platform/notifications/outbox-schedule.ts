const FIRST_PAUSE_SECONDS = 30;
const LONGEST_PAUSE_SECONDS = 6 * 3600;
/** How long a message or an event is tried that says nothing of its own. */
const TRIED_FOR_SECONDS = 3 * 86_400;

export interface TriedMessage {
  /** Tries so far, the one that just failed among them. */
  readonly attempts: number;
  readonly createdAt: Date;
  /** From then on it is of no use to anybody. */
  readonly expiresAt: Date | null;
}

/**
 * When a message is tried again after a failure that may pass: half a minute later, then after pauses that double up to six
 * hours.
 *
 * @param firstPause seconds after the first failure, where half a minute is too long
 * @returns null when it is given up: after three days, or when it would come too late
 */
export function nextTryAt(
  { attempts, createdAt, expiresAt }: TriedMessage,
  now: Date,
  firstPause = FIRST_PAUSE_SECONDS,
): Date | null {
  const pause = Math.min(firstPause * 2 ** (attempts - 1), LONGEST_PAUSE_SECONDS);
  const next = new Date(now.getTime() + pause * 1000);
  const end = Math.min(createdAt.getTime() + TRIED_FOR_SECONDS * 1000, expiresAt?.getTime() ?? Infinity);
  return next.getTime() < end ? next : null;
}
