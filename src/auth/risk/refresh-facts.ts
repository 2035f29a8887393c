import { siteNetwork } from '../../platform/rate-limits/client-network';
import type { SeenClient } from '../../tokens/sessions/session';
import { deviceFamily } from '../../tokens/sessions/device-name';

/** A client, and when it was seen. */
export interface Sighting extends SeenClient {
  readonly at: Date;
}

/** What a refresh shows by itself: who came last time, and who comes now. */
export class RefreshFacts {
  constructor(
    readonly userId: string,
    readonly sessionId: string,
    /** The last refresh, sign-in or verified factor of the session. */
    readonly before: Sighting,
    readonly now: Sighting,
  ) {}

  /** Another /24 (IPv4) or /48 (IPv6) than before. */
  get isNewNetwork(): boolean {
    const { before, now } = this;
    return before.ip !== now.ip && siteNetwork(before.ip) !== siteNetwork(now.ip);
  }

  /** Another browser or application, or another system, than before; another version of them is not. */
  get isNewDevice(): boolean {
    const { before, now } = this;
    return before.userAgent !== now.userAgent && deviceFamily(before.userAgent) !== deviceFamily(now.userAgent);
  }

  /** Seconds since the session was last used. */
  get idleSeconds(): number {
    return (this.now.at.getTime() - this.before.at.getTime()) / 1000;
  }
}
