import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../clock/clock';
import { newId } from '../crypto/new-id';
import { afterCommit } from '../database/transactions';
import { OutboxMessageEntity } from '../notifications/entities/outbox-message.entity';
import type { EventName, EventPayloads } from './domain-event';
import { EventDispatcher } from './event-dispatcher';
import { EVENT_CHANNEL } from './event.store';

/** Tells whoever wants to know what happened: events are written in the transaction of the change, and handed over after it. */
@Injectable()
export class DomainEvents {
  /** @param dispatcher left out by a command, which knows no handlers: it writes each event for the servers to find */
  constructor(
    private readonly clock: Clock,
    private readonly dispatcher?: EventDispatcher,
  ) {}

  /**
   * Writes an event; it is handed over if and only if `tx` is committed. One that nothing here handles is not written.
   *
   * @param tx the transaction of the change
   * @example await events.publish(tx, 'UserDisabled', { userId });
   */
  async publish<Name extends EventName>(tx: EntityManager, name: Name, payload: EventPayloads[Name]): Promise<void> {
    await this.publishAll(tx, name, [payload]);
  }

  /** Several of a kind in one statement. */
  async publishAll<Name extends EventName>(
    tx: EntityManager,
    name: Name,
    payloads: readonly EventPayloads[Name][],
  ): Promise<void> {
    const { dispatcher } = this;
    if (payloads.length === 0 || dispatcher?.mayHandle(name) === false) return;
    const now = this.clock.now();
    await tx
      .createQueryBuilder()
      .insert()
      .into(OutboxMessageEntity)
      .values(
        payloads.map((payload) => ({
          id: newId(),
          channel: EVENT_CHANNEL,
          event: name,
          payload,
          createdAt: now,
          nextTryAt: now,
        })),
      )
      .execute();
    if (dispatcher !== undefined) {
      afterCommit(tx, () => {
        dispatcher.wake();
      });
    }
  }
}
