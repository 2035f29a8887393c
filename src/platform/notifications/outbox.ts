import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { afterCommit } from '../database/transactions';
import { Channels } from './channels';
import type { Message } from './message';
import { OutboxDispatcher } from './outbox-dispatcher';
import { OutboxStore } from './outbox.store';
import { MessageRenderer } from './rendering/message-renderer';

/** Messages that may take their time, written in the transaction of the change that causes them. */
@Injectable()
export class Outbox {
  constructor(
    private readonly store: OutboxStore,
    private readonly renderer: MessageRenderer,
    private readonly channels: Channels,
    private readonly dispatcher: OutboxDispatcher,
  ) {}

  /**
   * Writes the message; it goes out if and only if `tx` is committed, at once where the provider answers, else when it does.
   *
   * @throws Error when there is no such template, or a value that it needs is missing
   */
  async send(tx: EntityManager, message: Message): Promise<void> {
    const rendered = this.renderer.render(message);
    // Nothing sends where no provider is: the development outbox shows it, and production keeps it until there is one.
    const isForDevelopment = this.channels.isDevelopmentOnly(message.channel);
    await this.store.add(tx, rendered, isForDevelopment ? 'sent' : 'waiting', message.goodFor);
    if (!isForDevelopment) {
      afterCommit(tx, () => {
        this.dispatcher.wake();
      });
    }
  }
}
