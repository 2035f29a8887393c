import { Injectable } from '@nestjs/common';
import type { RefreshFacts } from '../refresh-facts';
import { RiskSignal } from '../risk-signal';

/** Another network than last time. A phone shows it each time it leaves the house: by itself it says little. */
@Injectable()
export class NewNetworkSignal extends RiskSignal {
  override readonly name = 'new_network';
  override readonly weight = 40;
  override readonly reason = 'new_network';

  override suspects({ isNewNetwork }: RefreshFacts): boolean {
    return isNewNetwork;
  }
}
