import { Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { Hints } from './hints';
import { RedisConnections } from './redis-connections';

/** Hints over Redis publish and subscribe. Where there is no `REDIS_URL`, it does nothing. */
@Injectable()
export class RedisHints extends Hints {
  /** All that a hint says: whose it is, so that nobody follows his own. */
  private readonly origin = randomUUID();
  private readonly publisher: Redis | undefined;
  /** A connection that subscribes can do nothing else. */
  private readonly subscriber: Redis | undefined;
  private readonly listeners = new Map<string, () => void>();

  constructor(private readonly connections: RedisConnections) {
    super();
    this.publisher = connections.open();
    // A subscription that stands may be asked for again.
    this.subscriber = connections.open((redis) => {
      const channels = [...this.listeners.keys()];
      return channels.length > 0 ? redis.subscribe(...channels) : redis.ping();
    });
    this.subscriber?.on('message', (channel: string, origin: string) => {
      if (origin !== this.origin) this.listeners.get(channel)?.();
    });
  }

  override send(channel: string): void {
    if (this.publisher) this.connections.watch(this.publisher, this.publisher.publish(channel, this.origin));
  }

  override listen(channel: string, listener: () => void): void {
    this.listeners.set(channel, listener);
    // If it fails, the next probe says so.
    if (this.subscriber?.status === 'ready') this.subscriber.subscribe(channel).catch(() => undefined);
  }
}
