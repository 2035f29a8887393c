import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditTrail } from '../../../platform/audit/audit-trail';
import { RiskSettings } from '../../../platform/config/settings/risk.settings';
import type { RefreshFacts } from '../refresh-facts';
import { RiskSignal } from '../risk-signal';

/** What somebody tries who has a part of what it takes. */
const TRIES = ['session.login', 'session.reauthenticated', 'session.refreshed', 'mfa.verified'];

/**
 * Much was refused in this account lately. Anybody can bring that about who knows its name, so it suspects nothing by itself: it
 * adds to what others suspect, and the look costs a query only then.
 */
@Injectable()
export class ManyRefusalsSignal extends RiskSignal {
  override readonly name = 'many_refusals';
  override readonly weight = 40;
  override readonly reason = 'policy';

  constructor(
    private readonly trail: AuditTrail,
    private readonly settings: RiskSettings,
  ) {
    super();
  }

  override suspects(): boolean {
    return false;
  }

  override async confirms(tx: EntityManager, { userId, now }: RefreshFacts): Promise<boolean> {
    const since = new Date(now.at.getTime() - this.settings.refusalsWindow * 1000);
    return (await this.trail.countRefusals(tx, userId, TRIES, since)) >= this.settings.refusals;
  }
}
