import { Injectable } from '@nestjs/common';
import type { RefreshFacts } from '../../src/auth/risk/refresh-facts';
import { RiskSignal } from '../../src/auth/risk/risk-signal';
import { TorExits } from './tor-exits';

/** The session was used from elsewhere, and comes out of the Tor network now. */
@Injectable()
export class TorExitSignal extends RiskSignal {
  override readonly name = 'tor_exit';
  override readonly weight = 60;
  override readonly reason = 'new_network';

  constructor(private readonly exits: TorExits) {
    super();
  }

  override suspects({ before, now }: RefreshFacts): boolean {
    return this.exits.has(now.ip) && !this.exits.has(before.ip);
  }
}
