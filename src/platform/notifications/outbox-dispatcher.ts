import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock } from '../clock/clock';
import { MessageSettings } from '../config/settings/message.settings';
import { SecretBoxError } from '../crypto/secret-box';
import { Channels } from './channels';
import { Delivery } from './delivery/delivery';
import { DeliveryError } from './delivery/delivery-error';
import { type MessageOutcome, MessageMetrics } from './message-metrics';
import { nextTryAt } from './outbox-schedule';
import { type ClaimedMessage, OutboxStore } from './outbox.store';
import { Rounds } from './rounds';

/** For messages whose time has come since, and what other processes left behind. */
const LOOK_EVERY_MS = 5000;
/** Messages under way at once. */
const BATCH = 5;
/** Beyond the time that a provider gets: for writing down what came of it. */
const LEASE_MARGIN_SECONDS = 60;

/**
 * Sends what waits in the outbox. A message is claimed in one statement, sent outside every transaction, and marked: whoever
 * dies in between leaves a lease that ends, so that another process sends it. One that the provider acknowledged is sent again
 * only if this process dies before it could write that down.
 */
@Injectable()
export class OutboxDispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(OutboxDispatcher.name);
  /** Taken by the provider, and not marked yet since the database failed. */
  private readonly unmarked = new Set<string>();
  private readonly rounds = new Rounds(
    () => this.sendDue(),
    // The database: the next look tries again.
    (error) => {
      this.logger.warn(`The outbox cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    },
  );

  constructor(
    private readonly store: OutboxStore,
    private readonly delivery: Delivery,
    private readonly channels: Channels,
    private readonly metrics: MessageMetrics,
    private readonly settings: MessageSettings,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.wake();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  /** Sends what is due, soon. Returns at once. */
  @Interval(LOOK_EVERY_MS)
  wake(): void {
    if (this.channels.withProvider.length > 0) this.rounds.ask();
  }

  /** Sends what is due. @returns once nothing is, or nobody takes anything now */
  async settled(): Promise<void> {
    this.wake();
    await this.rounds.settled();
  }

  private async sendDue(): Promise<void> {
    for (const id of this.unmarked) await this.mark(id);
    let wasTaken = true;
    // Where nobody takes anything, trying the rest at once only gives each of them a failure.
    while (wasTaken && !this.rounds.isStopping) {
      const lease = this.settings.deliveryTimeout + LEASE_MARGIN_SECONDS;
      const batch = await this.store.claim(this.channels.withProvider, BATCH, lease);
      const ends = await Promise.allSettled(batch.map((message) => this.sendOne(message)));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
      wasTaken = ends.some((end) => end.status === 'fulfilled' && end.value !== 'retried');
    }
  }

  private async sendOne(message: ClaimedMessage): Promise<MessageOutcome> {
    const { id, channel, to, expiresAt } = message;
    if (this.unmarked.has(id)) return this.mark(id);
    if (expiresAt !== null && expiresAt <= this.clock.now()) return this.giveUp(message, 'it would come too late');
    try {
      await this.delivery.send(id, { channel, to, ...this.store.contentOf(message) });
    } catch (error) {
      return this.notTaken(message, error);
    }
    this.unmarked.add(id);
    this.metrics.count(channel, 'sent');
    return this.mark(id);
  }

  private async notTaken(message: ClaimedMessage, error: unknown): Promise<MessageOutcome> {
    // Of other errors nobody knows what they repeat.
    const isKnown = error instanceof DeliveryError || error instanceof SecretBoxError;
    const reason = isKnown ? error.message : 'the sender failed';
    const isPermanent = error instanceof DeliveryError && error.isPermanent;
    const next = isPermanent ? null : nextTryAt(message, this.clock.now());
    if (next === null) return this.giveUp(message, reason);
    const { id, channel, attempts } = message;
    this.metrics.count(channel, 'retried');
    this.logger.warn(`Message ${id} (${channel}) was not taken at try ${attempts}: ${reason}`);
    await this.store.tryAgainAt(id, next);
    return 'retried';
  }

  private async giveUp({ id, channel, attempts }: ClaimedMessage, reason: string): Promise<MessageOutcome> {
    this.metrics.count(channel, 'failed');
    this.logger.error(`Message ${id} (${channel}) is given up at try ${attempts}: ${reason}`);
    await this.store.markFailed(id);
    return 'failed';
  }

  private async mark(id: string): Promise<MessageOutcome> {
    await this.store.markSent(id);
    this.unmarked.delete(id);
    return 'sent';
  }
}
