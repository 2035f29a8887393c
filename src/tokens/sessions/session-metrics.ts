import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { Metrics } from '../../platform/metrics/metrics';
import { SessionStore } from './session.store';

/** However often it is scraped: the count reads an index of the whole table. */
const COUNTED_FOR_SECONDS = 60;

@Injectable()
export class SessionMetrics {
  private last: { readonly at: number; readonly live: Promise<number> } | undefined;

  constructor(
    metrics: Metrics,
    private readonly sessions: SessionStore,
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {
    metrics.gauge({
      name: 'countersign_sessions_live',
      help: 'Sessions that could be refreshed, of all processes together; counted once a minute.',
      read: () => this.live(),
    });
  }

  private live(): Promise<number> {
    const now = this.clock.nowInSeconds();
    if (this.last === undefined || now - this.last.at >= COUNTED_FOR_SECONDS) {
      const live = this.sessions.countActive(this.dataSource.manager);
      this.last = { at: now, live };
      live.catch(() => (this.last = undefined)); // asked again at the next scrape
    }
    return this.last.live;
  }
}
