import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { RedisSettings } from '../config/settings/redis.settings';

const CONNECT_TIMEOUT_MS = 2000;
/** A command that is not answered within this time fails, and its connection is made anew. */
const COMMAND_TIMEOUT_MS = 1000;
const MAX_RECONNECT_DELAY_MS = 1000;
const CHECK_EVERY_MS = 5000;

/**
 * Connections to the Redis of `REDIS_URL`. They are made in the background, come back by themselves, and a command on one that
 * is away fails at once: whoever uses them must be able to do without. A loss is logged once, and so is the return.
 */
@Injectable()
export class RedisConnections implements OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  private readonly opened: Redis[] = [];
  private readonly away = new Set<Redis>();
  private readonly checks = new Set<NodeJS.Timeout>();
  /** Those whose user may do less than answer a PING. */
  private readonly refused = new Set<Redis>();
  private isLossKnown = false;

  constructor(private readonly settings: RedisSettings) {}

  /**
   * A connection of its own.
   *
   * @param probe what tells whether it can be used, asked on each `ready` and every few seconds
   * @returns undefined where there is no `REDIS_URL`
   */
  open(probe = (redis: Redis): Promise<unknown> => redis.ping()): Redis | undefined {
    if (this.settings.url === undefined) return undefined;
    const redis = new Redis(this.settings.url, {
      connectTimeout: CONNECT_TIMEOUT_MS,
      commandTimeout: COMMAND_TIMEOUT_MS,
      socketTimeout: COMMAND_TIMEOUT_MS,
      retryStrategy: (tries) => Math.min(tries * 100, MAX_RECONNECT_DELAY_MS),
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false, // On each `ready`, by whoever subscribes.
      enableReadyCheck: false, // Asks INFO, which a user may lack the right to; PING tells as much.
      disableClientInfo: true,
    });
    this.opened.push(redis);
    // Nobody needs to hear of each try. Without a listener ioredis writes every one to the console.
    let reason = 'the connection was closed';
    redis.on('error', (error: Error) => (reason = error.message || reason));
    redis.on('close', () => {
      this.lost(redis, reason);
    });
    const check = () => {
      probe(redis).then(
        () => {
          this.found(redis);
        },
        (error: unknown) => {
          this.lost(redis, reasonOf(error));
        },
      );
    };
    redis.on('ready', check);
    // A server that hangs closes nothing: somebody has to ask.
    this.checks.add(setInterval(check, CHECK_EVERY_MS).unref());
    return redis;
  }

  /** Watches a command that no probe may stand for. Refused, by the rights of the user, is as good as away. */
  watch(redis: Redis, command: Promise<unknown>): void {
    command.then(
      () => {
        if (this.refused.delete(redis)) this.found(redis);
      },
      (error: unknown) => {
        const reason = reasonOf(error);
        if (!reason.startsWith('NOPERM')) return; // Whatever else may be, the probe meets as well.
        this.refused.add(redis);
        this.lost(redis, reason);
      },
    );
  }

  onApplicationShutdown(): void {
    this.isLossKnown = true;
    for (const check of this.checks) clearInterval(check);
    for (const redis of this.opened) redis.disconnect();
  }

  private lost(redis: Redis, reason: string): void {
    this.away.add(redis);
    if (!this.isLossKnown)
      this.logger.warn(
        `Redis cannot be used. Nothing is lost: revocations take up to a second, and each process counts client addresses by itself: ${reason}`,
      );
    this.isLossKnown = true;
  }

  private found(redis: Redis): void {
    if (this.refused.has(redis)) return;
    this.away.delete(redis);
    if (!this.isLossKnown || this.away.size > 0) return;
    this.isLossKnown = false;
    this.logger.log('Redis is used again');
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
