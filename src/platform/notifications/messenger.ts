import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ServerSettings } from '../config/settings/server.settings';
import { newId } from '../crypto/new-id';
import { DomainError } from '../errors/domain-error';
import { Channels } from './channels';
import { Delivery } from './delivery/delivery';
import { DeliveryError } from './delivery/delivery-error';
import type { Message } from './message';
import { MessageMetrics } from './message-metrics';
import { OutboxStore, type OutgoingMessage } from './outbox.store';
import { MessageRenderer } from './rendering/message-renderer';

/** Messages that somebody waits for, a code say: sent now or not at all. Messages that may take their time go through `Outbox`. */
@Injectable()
export class Messenger {
  constructor(
    private readonly dataSource: DataSource,
    private readonly renderer: MessageRenderer,
    private readonly channels: Channels,
    private readonly delivery: Delivery,
    private readonly store: OutboxStore,
    private readonly metrics: MessageMetrics,
    private readonly server: ServerSettings,
  ) {}

  /**
   * Hands the message to the provider, outside every transaction.
   *
   * @throws DomainError `delivery_failed` when the provider refuses it, is down, or takes too long
   */
  async sendNow(message: Message): Promise<void> {
    const { channel } = message;
    const rendered = this.renderer.render(message);
    const isForDevelopment = this.channels.isDevelopmentOnly(channel);
    if (!isForDevelopment) await this.hand(rendered);
    // For `GET /dev/outbox`. In production nothing of it is kept.
    if (!this.server.isProduction) await this.store.add(this.dataSource.manager, rendered, 'sent');
  }

  private async hand(rendered: OutgoingMessage): Promise<void> {
    try {
      await this.delivery.send(newId(), rendered);
    } catch (error) {
      this.metrics.count(rendered.channel, 'failed');
      if (!(error instanceof DeliveryError)) throw error;
      throw new DomainError('delivery_failed', { reason: error.message });
    }
    this.metrics.count(rendered.channel, 'sent');
  }
}
