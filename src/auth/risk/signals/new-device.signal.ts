import { Injectable } from '@nestjs/common';
import type { RefreshFacts } from '../refresh-facts';
import { RiskSignal } from '../risk-signal';

/** Another browser, application or system than last time. A refresh token stays where it was given. */
@Injectable()
export class NewDeviceSignal extends RiskSignal {
  override readonly name = 'new_device';
  override readonly weight = 60;
  override readonly reason = 'new_device';

  override suspects({ isNewDevice }: RefreshFacts): boolean {
    return isNewDevice;
  }
}
