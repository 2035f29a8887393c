import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { MfaSettings } from '../../platform/config/settings/mfa.settings';
import { afterCommit } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import { type Counter, Metrics } from '../../platform/metrics/metrics';
import type { FactorRecord } from './factor';
import { FactorStore } from './factor.store';

const FIRST_LOCK_SECONDS = 30;
const LONGEST_LOCK_SECONDS = 3600;

/** Seconds for which a factor is locked after so many consecutive failures: 30 s, doubling up to an hour. */
export function lockSecondsAfter(failures: number, maxFailures: number): number {
  if (failures < maxFailures) return 0;
  return Math.min(FIRST_LOCK_SECONDS * 2 ** (failures - maxFailures), LONGEST_LOCK_SECONDS);
}

export type AttemptVerdict =
  | { readonly verdict: 'right' | 'gone' }
  | { readonly verdict: 'wrong'; readonly attemptsRemaining: number }
  | { readonly verdict: 'locked'; readonly error: DomainError };

/** Counts what is tried with a factor, over all challenges and sessions, and locks it by growing steps. */
@Injectable()
export class FactorAttempts {
  private readonly verifications: Counter<{ type: string; outcome: AttemptVerdict['verdict'] }>;

  constructor(
    private readonly factors: FactorStore,
    private readonly settings: MfaSettings,
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.verifications = metrics.counter({
      name: 'countersign_second_factor_verifications_total',
      help: 'Answers given for second factors, first codes of new ones included, by type and outcome.',
      labels: ['type', 'outcome'],
    });
  }

  /**
   * Counts an attempt before `check` runs; only a success of this factor clears the count.
   *
   * @returns `gone` or `locked` without having checked anything
   */
  async attempt(tx: EntityManager, factor: FactorRecord, check: () => Promise<boolean>): Promise<AttemptVerdict> {
    const attempt = await this.judge(tx, factor, check);
    afterCommit(tx, () => {
      this.verifications.add({ type: factor.type, outcome: attempt.verdict });
    });
    return attempt;
  }

  private async judge(tx: EntityManager, factor: FactorRecord, check: () => Promise<boolean>): Promise<AttemptVerdict> {
    const counted = await this.factors.countAttempt(tx, factor);
    if (counted === undefined) return { verdict: 'gone' };
    const retryAfter = this.secondsUntil(counted.lockedUntil);
    if (retryAfter > 0) return { verdict: 'locked', error: lockedError(retryAfter) };
    if (await check()) {
      await this.factors.recordSuccess(tx, factor.id);
      return { verdict: 'right' };
    }
    const seconds = lockSecondsAfter(counted.failures, this.settings.factorMaxFailures);
    if (seconds > 0) await this.factors.lock(tx, factor.id, seconds);
    return { verdict: 'wrong', attemptsRemaining: Math.max(0, this.settings.factorMaxFailures - counted.failures) };
  }

  /** The first that may be tried now; the first of all where none may. */
  firstUnlocked(factors: readonly FactorRecord[]): FactorRecord | undefined {
    return factors.find(({ lockedUntil }) => this.secondsUntil(lockedUntil) <= 0) ?? factors[0];
  }

  /** @throws DomainError `too_many_attempts` while the factor is locked */
  assertUnlocked({ lockedUntil }: FactorRecord): void {
    const retryAfter = this.secondsUntil(lockedUntil);
    if (retryAfter > 0) throw lockedError(retryAfter);
  }

  private secondsUntil(moment: Date | null): number {
    return moment === null ? 0 : Math.ceil((moment.getTime() - this.clock.now().getTime()) / 1000);
  }
}

function lockedError(retryAfter: number): DomainError {
  return new DomainError('too_many_attempts', {
    detail: 'This factor is locked for a while after too many wrong attempts. Wait, or use another factor.',
    retryAfter,
  });
}
