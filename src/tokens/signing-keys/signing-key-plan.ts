import type { SigningAlgorithm } from '../../platform/config/settings/signing-key.settings';

/** `next` is published and does not sign yet, `active` signs, `retired` only verifies; after that the key is gone. */
export type SigningKeyState = 'next' | 'active' | 'retired';

/** What the plan looks at of a key. */
export interface PlannedKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly state: SigningKeyState;
  readonly createdAt: Date;
  readonly requestedAt: Date | null;
  readonly activatedAt: Date | null;
  readonly retiredAt: Date | null;
}

/** What keys depend on besides their states; durations in seconds. */
export interface KeyPolicy {
  readonly algorithm: SigningAlgorithm;
  readonly rotation: number;
  readonly jwksMaxAge: number;
}

/** A process starts, time has passed, an operator asks for a new key, or says that keys have leaked. */
export type KeyOccasion = 'start' | 'tick' | 'rotate' | 'compromised';

export type KeyStep =
  | { readonly do: 'make'; readonly state: 'active' | 'next'; readonly alg: SigningAlgorithm }
  /** `request`: it signs as soon as it was published long enough. `revoke`: it is gone, and its tokens with it. */
  | { readonly do: 'drop' | 'revoke' | 'retire' | 'activate' | 'request'; readonly kid: string };

/** The longest that any setting lets a token live. Not today's setting: tokens made under another one are still about. */
const LONGEST_TOKEN_SECONDS = 3600;
/** How long a replica may sign by what it read before: it reads every second, and stops signing after thirty (see the ring). */
const REPLICA_LAG_SECONDS = 60;
/** What clocks of replicas may differ by, the most that CLOCK_TOLERANCE allows. */
const CLOCK_SKEW_SECONDS = 60;
const RETIRED_SECONDS = LONGEST_TOKEN_SECONDS + REPLICA_LAG_SECONDS + CLOCK_SKEW_SECONDS;

/**
 * What is to be done to the keys, in this order; nothing if all is as it should be.
 *
 * The algorithm of `next` is what the service is to sign with. Only a start changes it, to the setting of the process that
 * starts: replicas that still run with another setting follow, so that two settings side by side do not take turns.
 */
export function planKeys(
  keys: readonly PlannedKey[],
  occasion: KeyOccasion,
  policy: KeyPolicy,
  now: Date,
): readonly KeyStep[] {
  const active = keys.find(({ state }) => state === 'active');
  const next = keys.find(({ state }) => state === 'next');
  if (occasion === 'compromised') return replaceAtOnce(keys, next, policy.algorithm);
  const over = keys.filter((key) => key.state === 'retired' && verifiesUntil(key) <= now);
  return [...over.map(({ kid }) => ({ do: 'drop', kid }) as const), ...moves(active, next, occasion, policy, now)];
}

function moves(
  active: PlannedKey | undefined,
  next: PlannedKey | undefined,
  occasion: Exclude<KeyOccasion, 'compromised'>,
  policy: KeyPolicy,
  now: Date,
): readonly KeyStep[] {
  if (active === undefined && next === undefined) {
    return [
      { do: 'make', state: 'active', alg: policy.algorithm },
      { do: 'make', state: 'next', alg: policy.algorithm },
    ];
  }
  // Rows that somebody deleted.
  if (active === undefined) return next ? begin(next) : [];
  if (next === undefined) {
    return [{ do: 'make', state: 'next', alg: occasion === 'start' ? policy.algorithm : active.alg }];
  }
  if (occasion === 'start') {
    if (next.alg === policy.algorithm) return [];
    // It has signed nothing, so nobody misses it.
    return [
      { do: 'drop', kid: next.kid },
      { do: 'make', state: 'next', alg: policy.algorithm },
    ];
  }
  if (occasion === 'tick') return activatesAt(next, active, policy) <= now ? turn(active, next) : [];
  if (ripensAt(next, policy) <= now) return turn(active, next);
  return next.requestedAt === null ? [{ do: 'request', kid: next.kid }] : [];
}

/** When `next` may sign at the earliest: by then whoever caches the JWKS has it. */
function ripensAt(next: PlannedKey, { jwksMaxAge }: KeyPolicy): Date {
  return later(next.createdAt, 2 * jwksMaxAge);
}

/** When `next` signs unless something happens before. */
export function activatesAt(next: PlannedKey, active: PlannedKey | undefined, policy: KeyPolicy): Date {
  const ripe = ripensAt(next, policy);
  if (next.requestedAt !== null || !active?.activatedAt || next.alg !== active.alg) return ripe;
  const scheduled = later(active.activatedAt, policy.rotation);
  return scheduled > ripe ? scheduled : ripe;
}

/** When the last token that a retired key signed has ended, on every replica. */
export function verifiesUntil({ retiredAt, createdAt }: PlannedKey): Date {
  return later(retiredAt ?? createdAt, RETIRED_SECONDS);
}

function turn(active: PlannedKey, next: PlannedKey): readonly KeyStep[] {
  return [{ do: 'retire', kid: active.kid }, ...begin(next)];
}

function begin(next: PlannedKey): readonly KeyStep[] {
  return [
    { do: 'activate', kid: next.kid },
    { do: 'make', state: 'next', alg: next.alg },
  ];
}

/** Every key that has signed goes: who rotated first, and learnt of the leak after that, means the retired one. */
function replaceAtOnce(
  keys: readonly PlannedKey[],
  next: PlannedKey | undefined,
  algorithm: SigningAlgorithm,
): readonly KeyStep[] {
  const signed = keys.filter(({ state }) => state !== 'next');
  const revoked = signed.map(({ kid }) => ({ do: 'revoke', kid }) as const);
  if (next !== undefined) return [...revoked, ...begin(next)];
  return [...revoked, { do: 'make', state: 'active', alg: algorithm }, { do: 'make', state: 'next', alg: algorithm }];
}

function later(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}
