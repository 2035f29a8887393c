import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { siteNetwork } from '../../platform/rate-limits/client-network';
import { deviceFamily, deviceName } from '../../tokens/sessions/device-name';
import type { Session } from '../../tokens/sessions/session';
import { Notices } from '../../users/notices/notices';
import { SeenClientStore } from '../../users/seen-clients/seen-client.store';

/** Tells owners of a completed sign-in by another kind of device, or from another network, than those before it. */
@Injectable()
export class SignInNotices {
  constructor(
    private readonly seen: SeenClientStore,
    private readonly notices: Notices,
  ) {}

  /** One notice at most, in the transaction of the sign-in; none for the account's first one. */
  async tell(tx: EntityManager, { userId, ip, userAgent }: Session): Promise<void> {
    const traits = { device: deviceFamily(userAgent), network: siteNetwork(ip) };
    const { device: isNewDevice, network: isNewNetwork } = await this.seen.note(tx, userId, traits);
    if (!isNewDevice && !isNewNetwork) return;
    const values = { device: deviceName(userAgent), ip };
    await this.notices.send(tx, userId, { kind: isNewDevice ? 'new-device' : 'new-network', values });
  }
}
