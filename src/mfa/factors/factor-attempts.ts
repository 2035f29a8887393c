import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../platform/audit/audit-log';
import { Clock } from '../../platform/clock/clock';
import { MfaSettings } from '../../platform/config/settings/mfa.settings';
import { afterCommit } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import { type Counter, Metrics } from '../../platform/metrics/metrics';
import { LONGEST_LOCK_SECONDS, lockSecondsAfter } from '../../platform/rate-limits/growing-lock';
import type { NoticeKind } from '../../users/notices/notices';
import type { FactorRecord } from './factor';
import { FactorNotices } from './factor-notices';
import { FactorStore } from './factor.store';
import type { FactorVerdict, MfaFactor } from './mfa-factor';

export type AttemptVerdict =
  | {
      readonly verdict: 'right';
      /** The values of `amr` that were shown; those of the factor unless said. */ readonly amr?: readonly string[];
    }
  | { readonly verdict: 'gone' }
  /** `attemptsRemaining`: wrong ones until the factor is locked; Infinity where it never is. */
  | { readonly verdict: 'wrong'; readonly attemptsRemaining: number }
  | { readonly verdict: 'pending'; /** Seconds. */ readonly retryAfter: number }
  | { readonly verdict: 'locked' | 'compromised'; readonly error: DomainError };

/** What is tried, and from where. */
interface Tried {
  readonly factor: FactorRecord;
  readonly plugin: MfaFactor;
  readonly ip: string;
}

/** Counts what is tried with a factor, over all challenges and sessions, locks it by growing steps, and tells its owner. */
@Injectable()
export class FactorAttempts {
  private readonly verifications: Counter<{ type: string; outcome: AttemptVerdict['verdict'] }>;

  constructor(
    private readonly factors: FactorStore,
    private readonly settings: MfaSettings,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
    private readonly notices: FactorNotices,
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
  async attempt(tx: EntityManager, tried: Tried, check: () => Promise<FactorVerdict>): Promise<AttemptVerdict> {
    const attempt = await this.judge(tx, tried, check);
    afterCommit(tx, () => {
      this.verifications.add({ type: tried.factor.type, outcome: attempt.verdict });
    });
    return attempt;
  }

  private async judge(tx: EntityManager, tried: Tried, check: () => Promise<FactorVerdict>): Promise<AttemptVerdict> {
    const { factor } = tried;
    const counted = await this.factors.countAttempt(tx, factor);
    if (counted === undefined) return { verdict: 'gone' };
    const retryAfter = this.secondsUntil(counted.lockedUntil);
    if (retryAfter > 0) return { verdict: 'locked', error: lockedError(retryAfter) };
    const checked = await check();
    switch (checked.verdict) {
      case 'right':
        await this.factors.recordSuccess(tx, factor.id);
        return checked;
      case 'pending':
        await this.factors.uncountAttempt(tx, factor.id);
        return checked;
      case 'compromised':
        return this.lockCompromised(tx, tried);
      case 'wrong':
        return this.refuse(tx, tried, counted.failures);
    }
  }

  private async refuse(tx: EntityManager, { factor, plugin, ip }: Tried, failures: number): Promise<AttemptVerdict> {
    // What nobody can guess is not locked: whoever knows the password would keep the owner out.
    if (!plugin.isGuessable) return { verdict: 'wrong', attemptsRemaining: Infinity };
    const seconds = lockSecondsAfter(failures, this.settings.factorMaxFailures);
    if (seconds > 0) {
      await this.factors.lock(tx, factor.id, seconds);
      await this.audit.record(tx, {
        type: 'mfa.factor_locked',
        outcome: 'success',
        subjectId: factor.userId,
        ip,
        details: {
          factorId: factor.id,
          factorType: factor.type,
          failures,
          until: this.clock.in(seconds).toISOString(),
        },
      });
      await this.tellOwner(tx, factor, 'factor-locked');
    }
    return { verdict: 'wrong', attemptsRemaining: Math.max(0, this.settings.factorMaxFailures - failures) };
  }

  /** Somebody else may have the factor: it is locked, and its owner is told. */
  private async lockCompromised(tx: EntityManager, { factor, ip }: Tried): Promise<AttemptVerdict> {
    const { id, userId, type } = factor;
    await this.factors.lock(tx, id, LONGEST_LOCK_SECONDS);
    await this.audit.record(tx, {
      type: 'mfa.factor_compromised',
      outcome: 'failure',
      subjectId: userId,
      ip,
      details: { factorId: id, factorType: type },
    });
    await this.tellOwner(tx, factor, 'factor-compromised');
    return { verdict: 'compromised', error: lockedError(LONGEST_LOCK_SECONDS) };
  }

  /** Once per lock: while it lasts, nothing is checked. Nothing of a pending factor, whose enroller sees it all. */
  private async tellOwner(tx: EntityManager, factor: FactorRecord, kind: NoticeKind): Promise<void> {
    if (factor.status === 'active') await this.notices.about(tx, factor, kind);
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
