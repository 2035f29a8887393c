import { Injectable } from '@nestjs/common';
import { type Counter, Metrics } from './metrics';

/** What guards answer, whoever throws it. */
const CODES: ReadonlySet<string> = new Set([
  'token_missing',
  'token_invalid',
  'mfa_required',
  'mfa_enrollment_required',
  'mfa_stale',
  'mfa_insufficient',
  'reauthentication_required',
  'forbidden',
  'origin_refused',
]);

/** Counts refusals where they are answered: a request that passes costs nothing. */
@Injectable()
export class GuardRefusals {
  private readonly refusals: Counter<{ code: string }>;

  constructor(metrics: Metrics) {
    this.refusals = metrics.counter({
      name: 'countersign_guard_refusals_total',
      help: 'Requests that a guard refused, by the code of the answer.',
      labels: ['code'],
    });
  }

  count(code: string): void {
    if (CODES.has(code)) this.refusals.add({ code });
  }
}
