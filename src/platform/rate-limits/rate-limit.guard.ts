import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RATE_LIMIT } from './rate-limit.decorator';
import { type GroupLimit, RateLimits } from './rate-limits';

/**
 * Before every other guard, so that a request without a good token counts as well. A route of no group is let through at once,
 * without a promise.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  /** Limits by handler: decorators do not change once the service runs. */
  private readonly known = new WeakMap<object, { readonly limit: GroupLimit | undefined }>();

  constructor(
    private readonly limits: RateLimits,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const limit = this.limitOf(context.getHandler());
    return limit === undefined ? true : this.count(context, limit);
  }

  /** @throws DomainError `rate_limited` */
  private async count(context: ExecutionContext, limit: GroupLimit): Promise<true> {
    const { ip } = context.getArgByIndex<{ readonly ip: string }>(0);
    const { group, requests, seconds } = limit;
    const { remaining, resetAfter, isExceeded } = await limit.consume(ip);
    const { httpAdapter } = this.adapterHost;
    const response: unknown = context.getArgByIndex(1);
    // draft-ietf-httpapi-ratelimit-headers-10 §3, §4.
    httpAdapter.setHeader(response, 'ratelimit-policy', `"${group}";q=${requests};w=${seconds}`);
    httpAdapter.setHeader(response, 'ratelimit', `"${group}";r=${remaining};t=${resetAfter}`);
    if (isExceeded) throw this.limits.refusal(group, resetAfter);
    return true;
  }

  private limitOf(handler: object): GroupLimit | undefined {
    let known = this.known.get(handler);
    if (known === undefined) {
      const group = RATE_LIMIT.get(handler);
      known = { limit: group === undefined ? undefined : this.limits.of(group) };
      this.known.set(handler, known);
    }
    return known.limit;
  }
}
