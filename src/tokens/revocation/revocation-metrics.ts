import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock';
import { type Counter, type Histogram, Metrics } from '../../platform/metrics/metrics';
import { KEPT_FOR_SECONDS } from './revocation-log';
import { type Revocation, RevocationSet } from './revocation-set';

const LAGS = [0.05, 0.1, 0.25, 0.5, 1, 1.5, 2.5, 5, 10, 60];

/** Shows how soon this process knows what was revoked, wherever that was done: by another replica, or by a command. */
@Injectable()
export class RevocationMetrics {
  private readonly learned: Counter<{ kind: Revocation['kind'] }>;
  private readonly lags: Histogram<Record<string, string>>;

  constructor(
    metrics: Metrics,
    revocations: RevocationSet,
    private readonly clock: Clock,
  ) {
    this.learned = metrics.counter({
      name: 'countersign_revocations_total',
      help: 'Revocations that this process has learned of since its start, its own included. Each replica counts each one.',
      labels: ['kind'],
    });
    this.lags = metrics.histogram({
      name: 'countersign_revocation_lag_seconds',
      help: 'Time from the writing of a revocation until this process refuses what it names, by the clocks of both.',
      labels: [],
      buckets: LAGS,
    });
    metrics.gauge({
      name: 'countersign_revocations_read_age_seconds',
      help: 'Time since the revocations were last read; above 5 the guarded routes answer 503.',
      read: () => revocations.secondsSinceRead,
    });
  }

  learnedOf(revocations: readonly Revocation[]): void {
    const now = this.clock.now().getTime() / 1000;
    for (const { kind, expiresAt } of revocations) {
      this.learned.add({ kind });
      this.lags.observe({}, Math.max(0, now - (expiresAt - KEPT_FOR_SECONDS)));
    }
  }
}
