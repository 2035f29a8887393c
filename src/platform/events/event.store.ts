import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../clock/clock';
import { claimDue, oldestWaiting, settleRow } from '../notifications/outbox-rows';
import { OutboxMessageEntity } from '../notifications/entities/outbox-message.entity';
import type { DomainEvent, EventName, EventPayloads } from './domain-event';

/** Where a message has its channel, an event has this. */
export const EVENT_CHANNEL = 'event';

/** An event that one process may hand over, until its lease ends. */
export interface ClaimedEvent {
  readonly event: DomainEvent;
  /** Handlers that have finished with it. */
  readonly handledBy: readonly string[];
  /** Tries, this one among them. */
  readonly attempts: number;
}

/** The rows of the outbox that are events. */
@Injectable()
export class EventStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** Takes up to `limit` events whose time has come. No other process gets them for `leaseSeconds`. */
  async claim(limit: number, leaseSeconds: number): Promise<ClaimedEvent[]> {
    const rows = await claimDue<ClaimedRow>(this.dataSource, {
      channels: [EVENT_CHANNEL],
      now: this.clock.now(),
      leaseUntil: this.clock.in(leaseSeconds),
      limit,
      columns: ['id', 'event', 'payload', 'handledBy', 'attempts', 'createdAt'],
    });
    return rows.map(({ id, event, payload, created_at: occurredAt, handled_by: handledBy, attempts }) => ({
      event: { id, name: event, occurredAt, payload },
      handledBy,
      attempts,
    }));
  }

  /** A handler has finished: it does not get the event again. */
  async markHandled(id: string, handler: string): Promise<void> {
    await this.dataSource
      .createQueryBuilder()
      .update(OutboxMessageEntity)
      .set({ handledBy: () => 'array_append(handled_by, :handler)' })
      .where('id = :id AND NOT (:handler = ANY(handled_by))', { id, handler })
      .execute();
  }

  /** Every handler has finished. */
  async markDone(id: string): Promise<void> {
    await settleRow(this.dataSource, id, { sentAt: this.clock.now(), nextTryAt: null });
  }

  /** It is handed over no more. */
  async markFailed(id: string): Promise<void> {
    await settleRow(this.dataSource, id, { failedAt: this.clock.now(), nextTryAt: null });
  }

  async tryAgainAt(id: string, moment: Date): Promise<void> {
    await settleRow(this.dataSource, id, { nextTryAt: moment });
  }

  /** When the longest waiting event was written; undefined when none waits. */
  async oldestWaiting(): Promise<Date | undefined> {
    return oldestWaiting(this.dataSource, EVENT_CHANNEL);
  }
}

interface ClaimedRow {
  readonly id: string;
  readonly event: EventName;
  readonly payload: EventPayloads[EventName];
  readonly handled_by: string[];
  readonly attempts: number;
  readonly created_at: Date;
}
