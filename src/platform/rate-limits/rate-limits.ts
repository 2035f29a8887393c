import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { DatabaseSettings } from '../config/settings/database.settings';
import { RateLimitSettings, type WindowLimit } from '../config/settings/rate-limit.settings';
import { DomainError } from '../errors/domain-error';
import { type Counter, Metrics } from '../metrics/metrics';
import { RedisConnections } from '../redis/redis-connections';
import { clientNetwork } from './client-network';
import { RATE_LIMIT_GROUPS, type RateLimitGroup } from './rate-limit-group';

/** How much of a limit is left. */
export interface Quota {
  readonly remaining: number;
  /** Seconds until all of it is there again. */
  readonly resetAfter: number;
  readonly isExceeded: boolean;
}

/** What one client address may do in one group of routes. */
export interface GroupLimit extends WindowLimit {
  readonly group: RateLimitGroup;
  /** Counts one. @param ip as the connection or a trusted proxy names it */
  consume(ip: string): Promise<Quota>;
  /** Counts nothing. */
  isExceeded(ip: string): Promise<boolean>;
}

/**
 * Counts by client address: in Redis for all replicas together, in memory where there is no `REDIS_URL` and for as long as
 * Redis is away. What guards an account is not counted here, but in the database.
 */
@Injectable()
export class RateLimits {
  private readonly limits = new Map<RateLimitGroup, GroupLimit>();
  private readonly refusals: Counter<{ group: RateLimitGroup }>;

  constructor(settings: RateLimitSettings, { schema }: DatabaseSettings, redis: RedisConnections, metrics: Metrics) {
    this.refusals = metrics.counter({
      name: 'countersign_rate_limit_refusals_total',
      help: 'Requests over the limit of their client address, by group of routes.',
      labels: ['group'],
    });
    if (!settings.isOn) return;
    const connection = redis.open();
    for (const group of RATE_LIMIT_GROUPS) {
      const { requests, seconds } = settings.limitOf(group);
      const memory = new RateLimiterMemory({ keyPrefix: group, points: requests, duration: seconds });
      const limiter =
        connection === undefined
          ? memory
          : new RateLimiterRedis({
              storeClient: connection,
              // The schema tells services apart that share a Redis.
              keyPrefix: `${schema}:rate:${group}`,
              points: requests,
              duration: seconds,
              rejectIfRedisNotReady: true,
              insuranceLimiter: memory,
            });
      this.limits.set(group, {
        group,
        requests,
        seconds,
        consume: async (ip) => {
          try {
            return quotaOf(await limiter.consume(clientNetwork(ip)), false);
          } catch (error) {
            if (error instanceof RateLimiterRes) return quotaOf(error, true);
            throw error;
          }
        },
        isExceeded: async (ip) => ((await limiter.get(clientNetwork(ip)))?.consumedPoints ?? 0) >= requests,
      });
    }
  }

  /** Undefined where `RATE_LIMITS` is off. */
  of(group: RateLimitGroup): GroupLimit | undefined {
    return this.limits.get(group);
  }

  /** The refusal of a request over the limit; counted here. */
  refusal(group: RateLimitGroup, retryAfter: number): DomainError {
    this.refusals.add({ group });
    return new DomainError('rate_limited', {
      detail: 'Too many requests of this kind from your address. Wait, and try again.',
      retryAfter,
    });
  }
}

function quotaOf({ remainingPoints, msBeforeNext }: RateLimiterRes, isExceeded: boolean): Quota {
  return { remaining: remainingPoints, resetAfter: Math.max(1, Math.ceil(msBeforeNext / 1000)), isExceeded };
}
