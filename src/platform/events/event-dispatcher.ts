import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock } from '../clock/clock';
import { nextTryAt } from '../notifications/outbox-schedule';
import { Rounds } from '../notifications/rounds';
import { type EventHandler, EventHandlers } from './event-handlers';
import { EventMetrics } from './event-metrics';
import { type ClaimedEvent, EventStore } from './event.store';
import { settledWithin } from './settled-within';

/** For events whose time has come since, and what commands and other processes left behind. */
const LOOK_EVERY_MS = 2000;
/** Events under way at once. */
const BATCH = 10;
const HANDLER_TIMEOUT_MS = 30_000;
/** What handlers get, and time for writing down what came of it. */
export const LEASE_SECONDS = 90;
const FIRST_PAUSE_SECONDS = 2;

/**
 * Hands events to their handlers. An event is claimed in one statement, handled outside every transaction, and marked by each
 * handler that finishes: whoever dies in between leaves a lease that ends, and another process goes on with the handlers that
 * had not finished.
 */
@Injectable()
export class EventDispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(EventDispatcher.name);
  private readonly rounds = new Rounds(
    () => this.handOverDue(),
    // The database: the next look tries again, and a lease ends by itself.
    (error) => {
      this.logger.warn(`Events cannot be handed over: ${messageOf(error)}`);
    },
  );

  constructor(
    private readonly store: EventStore,
    private readonly handlers: EventHandlers,
    private readonly metrics: EventMetrics,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.wake();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  mayHandle(eventName: string): boolean {
    return this.handlers.mayHandle(eventName);
  }

  /** Hands over what is due, soon. Returns at once. */
  @Interval(LOOK_EVERY_MS)
  wake(): void {
    this.rounds.ask();
  }

  /** Hands over what is due. @returns once nothing is */
  async settled(): Promise<void> {
    this.wake();
    await this.rounds.settled();
  }

  private async handOverDue(): Promise<void> {
    let batch: ClaimedEvent[];
    do {
      batch = await this.store.claim(BATCH, LEASE_SECONDS);
      const ends = await Promise.allSettled(batch.map((claimed) => this.handOver(claimed)));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    } while (batch.length === BATCH && !this.rounds.isStopping);
  }

  private async handOver(claimed: ClaimedEvent): Promise<void> {
    const { event, handledBy } = claimed;
    const left = this.handlers.of(event.name).filter(({ name }) => !handledBy.includes(name));
    const finished = await Promise.all(left.map((handler) => this.call(handler, claimed)));
    if (finished.every(Boolean)) await this.store.markDone(event.id);
    else await this.later(claimed);
  }

  /** @returns whether the handler finished */
  private async call({ name, handle }: EventHandler, { event, attempts }: ClaimedEvent): Promise<boolean> {
    try {
      await settledWithin(handle(event), HANDLER_TIMEOUT_MS);
    } catch (error) {
      this.metrics.count(event.name, 'retried');
      this.logger.warn(`${name} failed with ${event.name} ${event.id} at try ${attempts}: ${messageOf(error)}`);
      return false;
    }
    this.metrics.count(event.name, 'handled');
    await this.store.markHandled(event.id, name);
    return true;
  }

  private async later({ event, attempts }: ClaimedEvent): Promise<void> {
    const tried = { attempts, createdAt: event.occurredAt, expiresAt: null };
    const next = nextTryAt(tried, this.clock.now(), FIRST_PAUSE_SECONDS);
    if (next !== null) return this.store.tryAgainAt(event.id, next);
    this.metrics.count(event.name, 'failed');
    this.logger.error(`${event.name} ${event.id} is given up at try ${attempts}`);
    await this.store.markFailed(event.id);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
