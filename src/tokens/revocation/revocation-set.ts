import { Injectable } from '@nestjs/common';
import { performance } from 'node:perf_hooks';
import type { Principal } from '../../access/principal';
import { Clock } from '../../platform/clock/clock';

export interface Revocation {
  readonly kind: 'session' | 'user' | 'key';
  /** Session id, user id or `kid`. */
  readonly subject: string;
  /** With `user`: the least token version that is still good. */
  readonly minVersion: number | null;
  /** Seconds since the epoch, with their fraction; past it no token can be meant any more. */
  readonly expiresAt: number;
}

/** Longest time without a good poll after which nobody is let in. */
const MAX_SILENCE_MS = 5000;

/** What this process knows to be revoked. Answers without waiting; the poller keeps it current. */
@Injectable()
export class RevocationSet {
  private readonly sessions = new Map<string, number>();
  private readonly users = new Map<string, { minVersion: number; expiresAt: number }>();
  private readonly keys = new Map<string, number>();
  private currentAsOf = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  /** Whether the last good poll began recently enough to trust what is known. Monotonic time, not the Clock's. */
  get isCurrent(): boolean {
    return performance.now() - this.currentAsOf <= MAX_SILENCE_MS;
  }

  /** Since the last good poll began; infinite before the first. */
  get secondsSinceRead(): number {
    return (performance.now() - this.currentAsOf) / 1000;
  }

  isRevoked(principal: Principal): boolean {
    if (this.sessions.has(principal.sessionId)) return true;
    const user = this.users.get(principal.userId);
    return user !== undefined && principal.tokenVersion < user.minVersion;
  }

  isKeyRevoked(kid: string): boolean {
    return this.keys.has(kid);
  }

  /** @returns those that were not known */
  add(revocations: readonly Revocation[]): Revocation[] {
    const unknown = revocations.filter((revocation) => !this.knows(revocation));
    for (const { kind, subject, minVersion, expiresAt } of revocations) {
      if (kind === 'session') this.sessions.set(subject, expiresAt);
      else if (kind === 'key') this.keys.set(subject, expiresAt);
      else {
        const known = this.users.get(subject);
        this.users.set(subject, {
          minVersion: Math.max(minVersion ?? 0, known?.minVersion ?? 0),
          expiresAt: Math.max(expiresAt, known?.expiresAt ?? 0),
        });
      }
    }
    return unknown;
  }

  /** @param pollBegan `performance.now()` when the poll began that has added everything */
  markCurrent(pollBegan: number): void {
    this.currentAsOf = pollBegan;
  }

  /** Forgets what no live token can mean any more, by the clock that also says which tokens live. Takes time in proportion. */
  forgetExpired(): void {
    const now = this.clock.nowInSeconds();
    for (const known of [this.sessions, this.keys]) {
      for (const [subject, expiresAt] of known) if (expiresAt <= now) known.delete(subject);
    }
    for (const [subject, { expiresAt }] of this.users) if (expiresAt <= now) this.users.delete(subject);
  }

  private knows({ kind, subject, minVersion }: Revocation): boolean {
    if (kind === 'session') return this.sessions.has(subject);
    if (kind === 'key') return this.keys.has(subject);
    return (this.users.get(subject)?.minVersion ?? -1) >= (minVersion ?? 0);
  }
}
