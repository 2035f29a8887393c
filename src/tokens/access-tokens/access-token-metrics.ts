import { Injectable } from '@nestjs/common';
import { type Counter, type Histogram, Metrics } from '../../platform/metrics/metrics';

/** Why an access token was refused; the caller reads `token_invalid` for all of them. */
export type AccessTokenRefusal =
  'malformed' | 'wrong_type' | 'unknown_key' | 'revoked_key' | 'revoked' | 'expired' | 'signature' | 'claims' | 'other';

/** Up to the longest that `ACCESS_TOKEN_TTL` may be. */
const AGES = [1, 5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** Counts what the guard does beside the fast path: a token found in memory that is good costs nothing here. */
@Injectable()
export class AccessTokenMetrics {
  private readonly refusals: Counter<{ reason: AccessTokenRefusal }>;
  private readonly ages: Histogram<Record<string, string>>;

  constructor(metrics: Metrics) {
    this.refusals = metrics.counter({
      name: 'countersign_access_tokens_refused_total',
      help: 'Access tokens that the guard refused, by reason.',
      labels: ['reason'],
    });
    this.ages = metrics.histogram({
      name: 'countersign_access_token_first_use_age_seconds',
      help: 'Age of access tokens when a process sees them for the first time.',
      labels: [],
      buckets: AGES,
    });
  }

  refused(reason: AccessTokenRefusal): void {
    this.refusals.add({ reason });
  }

  /** @param age seconds since it was made */
  firstSeen(age: number): void {
    this.ages.observe({}, Math.max(0, age));
  }
}
