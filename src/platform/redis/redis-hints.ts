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

  constructor(connections: RedisConnections) {
    super();
    this.publisher = connections.open();
    this.subscriber = connections.open();
    this.subscriber?.on('ready', () => {
      this.subscribe([...this.listeners.keys()]);
    });
    this.subscriber?.on('message', (channel: string, origin: string) => {
      if (origin !== this.origin) this.listeners.get(channel)?.();
    });
  }

  override send(channel: string): void {
    this.publisher?.publish(channel, this.origin).catch(() => undefined);
  }

  override listen(channel: string, listener: () => void): void {
    this.listeners.set(channel, listener);
    if (this.subscriber?.status === 'ready') this.subscribe([channel]);
  }

  private subscribe(channels: string[]): void {
    if (channels.length > 0) this.subscriber?.subscribe(...channels).catch(() => undefined);
  }
}
