import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Acr } from '../../access/principal';
import { afterCommit } from '../../platform/database/transactions';
import { type Counter, Metrics } from '../../platform/metrics/metrics';
import { readJwsFrame } from '../../tokens/access-tokens/compact-jws';
import { strongestFactor } from './strongest-factor';
import type { Entry, SignInDecision } from './decide-sign-in';

/** Counts what comes out of sign-ins, once it is committed. */
@Injectable()
export class SignInMetrics {
  private readonly signIns: Counter<{ entry: Entry; status: SignInDecision['status'] }>;
  private readonly tokens: Counter<{ acr: Acr; factor: string; alg: string }>;

  constructor(metrics: Metrics) {
    this.signIns = metrics.counter({
      name: 'countersign_sign_ins_total',
      help: 'Ways to a token by where they began and what came out: password or passkey, second factor, refresh, reauthentication.',
      labels: ['entry', 'status'],
    });
    this.tokens = metrics.counter({
      name: 'countersign_tokens_minted_total',
      help: 'Access tokens by the assurance they say, the strongest factor behind it, and the algorithm of their signature.',
      labels: ['acr', 'factor', 'alg'],
    });
  }

  /** @param accessToken what came out, if anything did */
  decided(tx: EntityManager, entry: Entry, decision: SignInDecision, accessToken?: string): void {
    afterCommit(tx, () => {
      this.signIns.add({ entry, status: decision.status });
      if (decision.status !== 'authenticated' || accessToken === undefined) return;
      const { acr, amr } = decision.assurance;
      const alg = readJwsFrame(accessToken)?.header.alg ?? 'none';
      this.tokens.add({ acr, factor: strongestFactor(amr), alg: alg.toLowerCase() });
    });
  }

  /** Nobody was recognised, so nothing was decided. */
  refused(tx: EntityManager, entry: Entry): void {
    this.decided(tx, entry, { status: 'refused' });
  }
}
