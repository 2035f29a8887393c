import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Acr } from '../../access/principal';
import { afterCommit } from '../../platform/database/transactions';
import { type Counter, Metrics } from '../../platform/metrics/metrics';
import type { Entry, SignInDecision } from './decide-sign-in';

/** Counts what comes out of sign-ins, once it is committed. */
@Injectable()
export class SignInMetrics {
  private readonly signIns: Counter<{ entry: Entry; status: SignInDecision['status'] }>;
  private readonly tokens: Counter<{ acr: Acr }>;

  constructor(metrics: Metrics) {
    this.signIns = metrics.counter({
      name: 'countersign_sign_ins_total',
      help: 'Ways to a token by where they began and what came out: password, second factor, refresh, reauthentication.',
      labels: ['entry', 'status'],
    });
    this.tokens = metrics.counter({
      name: 'countersign_tokens_minted_total',
      help: 'Access tokens by the assurance they say.',
      labels: ['acr'],
    });
  }

  decided(tx: EntityManager, entry: Entry, decision: SignInDecision): void {
    afterCommit(tx, () => {
      this.signIns.add({ entry, status: decision.status });
      if (decision.status === 'authenticated') this.tokens.add({ acr: decision.assurance.acr });
    });
  }

  /** Nobody was recognised, so nothing was decided. */
  refused(tx: EntityManager, entry: Entry): void {
    this.decided(tx, entry, { status: 'refused' });
  }
}
