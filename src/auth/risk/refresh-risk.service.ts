import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../platform/audit/audit-log';
import { Clock } from '../../platform/clock/clock';
import { RiskSettings } from '../../platform/config/settings/risk.settings';
import { afterCommit } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import { type Counter, Metrics } from '../../platform/metrics/metrics';
import type { Session } from '../../tokens/sessions/session';
import { RefreshFacts } from './refresh-facts';
import { RiskSignals } from './risk-signals';
import { type RiskAssessment, type RiskOutcome, type ShownSignal, weighRisk } from './weigh-risk';

/** Whether a refresh looks as if somebody else held the token. */
@Injectable()
export class RefreshRisk {
  private readonly assessments: Counter<{ outcome: RiskOutcome }>;
  private readonly shown: Counter<{ signal: string }>;

  constructor(
    private readonly signals: RiskSignals,
    private readonly settings: RiskSettings,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
    metrics: Metrics,
  ) {
    this.assessments = metrics.counter({
      name: 'countersign_risk_assessments_total',
      help: 'Refreshes that showed a risk signal, by what came of them.',
      labels: ['outcome'],
    });
    this.shown = metrics.counter({
      name: 'countersign_risk_signals_total',
      help: 'Risk signals that refreshes showed.',
      labels: ['signal'],
    });
  }

  /**
   * Whether there is anything to look closer at. No query: this is all that a refresh costs which shows nothing.
   *
   * @throws DomainError `unavailable` when a signal fails
   */
  isSuspected(session: Session, client: ClientInfo): boolean {
    return this.anySuspects(this.factsOf(session, client));
  }

  /** @throws DomainError `unavailable` when a signal fails: no token goes out unassessed */
  async assess(tx: EntityManager, session: Session, client: ClientInfo): Promise<RiskAssessment> {
    const facts = this.factsOf(session, client);
    const shown: ShownSignal[] = [];
    if (this.anySuspects(facts)) {
      for (const { signal, weight } of this.signals.inUse) {
        const { name, reason } = signal;
        if (await this.asked(() => signal.confirms(tx, facts))) shown.push({ name, weight, reason });
      }
    }
    return weighRisk(shown, this.settings);
  }

  /** Records what came of it, and counts it after the commit. Nothing where nothing showed. */
  async record(tx: EntityManager, session: Session, client: ClientInfo, assessment: RiskAssessment): Promise<void> {
    const { outcome, score, signals, reason } = assessment;
    if (signals.length === 0) return;
    await this.audit.record(tx, {
      type: 'session.risk_assessed',
      outcome: outcome === 'allow' ? 'success' : 'failure',
      subjectId: session.userId,
      sessionId: session.id,
      ip: client.ip,
      details: { decision: outcome, score, signals, reason, previousIp: session.ip },
    });
    afterCommit(tx, () => {
      this.assessments.add({ outcome });
      for (const signal of signals) this.shown.add({ signal });
    });
  }

  private anySuspects(facts: RefreshFacts): boolean {
    try {
      return this.signals.inUse.some(({ signal }) => signal.suspects(facts));
    } catch (cause) {
      throw new DomainError('unavailable', { cause });
    }
  }

  private async asked(signal: () => Promise<boolean>): Promise<boolean> {
    try {
      return await signal();
    } catch (cause) {
      throw new DomainError('unavailable', { cause });
    }
  }

  private factsOf({ id, userId, ip, userAgent, lastUsedAt }: Session, client: ClientInfo): RefreshFacts {
    const now = { ip: client.ip, userAgent: client.userAgent, at: this.clock.now() };
    return new RefreshFacts(userId, id, { ip, userAgent, at: lastUsedAt }, now);
  }
}
