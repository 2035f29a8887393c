import { Injectable } from '@nestjs/common';
import { RiskSettings } from '../../../platform/config/settings/risk.settings';
import type { RefreshFacts } from '../refresh-facts';
import { RiskSignal } from '../risk-signal';

/** Nobody used the session for days. */
@Injectable()
export class LongIdleSignal extends RiskSignal {
  override readonly name = 'long_idle';
  override readonly weight = 15;
  override readonly reason = 'idle';

  constructor(private readonly settings: RiskSettings) {
    super();
  }

  override suspects({ idleSeconds }: RefreshFacts): boolean {
    return idleSeconds > this.settings.longIdle;
  }
}
