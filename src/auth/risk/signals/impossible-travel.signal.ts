import { Injectable } from '@nestjs/common';
import { RiskSettings } from '../../../platform/config/settings/risk.settings';
import { IpLocations } from '../location/ip-locations';
import { isImpossibleTravel } from '../location/travel';
import type { RefreshFacts } from '../refresh-facts';
import { RiskSignal } from '../risk-signal';

/** Further from the place of last time than anybody travels meanwhile. Off without a database of locations. */
@Injectable()
export class ImpossibleTravelSignal extends RiskSignal {
  override readonly name = 'impossible_travel';
  override readonly weight = 60;
  // Of the reasons of the HTTP contract the one that is true.
  override readonly reason = 'new_network';

  constructor(
    private readonly locations: IpLocations,
    private readonly settings: RiskSettings,
  ) {
    super();
  }

  override suspects({ isNewNetwork, before, now, idleSeconds }: RefreshFacts): boolean {
    if (!isNewNetwork) return false;
    const [from, to] = [this.locations.find(before.ip), this.locations.find(now.ip)];
    if (from === undefined || to === undefined) return false;
    return isImpossibleTravel(from, to, idleSeconds, this.settings.travelSpeed);
  }
}
