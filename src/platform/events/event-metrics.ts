import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock';
import { type Counter, Metrics } from '../metrics/metrics';
import { EventStore } from './event.store';

/** A handler finished, or failed and gets it again; the event was given up. */
export type EventOutcome = 'handled' | 'retried' | 'failed';

/** Counts what handlers made of events, and tells for how long the oldest has been waiting. */
@Injectable()
export class EventMetrics {
  private readonly events: Counter<{ event: string; outcome: EventOutcome }>;

  constructor(metrics: Metrics, store: EventStore, clock: Clock) {
    this.events = metrics.counter({
      name: 'countersign_events_total',
      help: 'Domain events handed to a handler, by event and outcome.',
      labels: ['event', 'outcome'],
    });
    metrics.gauge({
      name: 'countersign_events_oldest_waiting_seconds',
      help: 'Age of the oldest domain event that a handler has not finished with; 0 when none waits.',
      read: async () => {
        const oldest = await store.oldestWaiting();
        return oldest === undefined ? 0 : Math.max(0, (clock.now().getTime() - oldest.getTime()) / 1000);
      },
    });
  }

  count(event: string, outcome: EventOutcome): void {
    this.events.add({ event, outcome });
  }
}
