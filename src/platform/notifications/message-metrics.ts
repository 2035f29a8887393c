import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock';
import { type Counter, Metrics } from '../metrics/metrics';
import type { Channel } from './message';
import { OutboxStore } from './outbox.store';

/** Taken by the provider; not now, and tried again; given up. */
export type MessageOutcome = 'sent' | 'retried' | 'failed';

/** Counts messages, and tells for how long the oldest has been waiting. */
@Injectable()
export class MessageMetrics {
  private readonly messages: Counter<{ channel: Channel; outcome: MessageOutcome }>;

  constructor(metrics: Metrics, store: OutboxStore, clock: Clock) {
    this.messages = metrics.counter({
      name: 'countersign_messages_total',
      help: 'Messages handed to a provider, by channel and outcome.',
      labels: ['channel', 'outcome'],
    });
    metrics.gauge({
      name: 'countersign_outbox_oldest_waiting_seconds',
      help: 'Age of the oldest message that has not been sent yet; 0 when none waits.',
      read: async () => {
        const oldest = await store.oldestWaiting();
        return oldest === undefined ? 0 : Math.max(0, (clock.now().getTime() - oldest.getTime()) / 1000);
      },
    });
  }

  count(channel: Channel, outcome: MessageOutcome): void {
    this.messages.add({ channel, outcome });
  }
}
