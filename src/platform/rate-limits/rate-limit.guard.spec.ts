import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { HttpAdapterHost } from '@nestjs/core';
import { RATE_LIMIT } from './rate-limit.decorator';
import { RateLimitGuard } from './rate-limit.guard';
import type { RateLimits } from './rate-limits';

describe(RateLimitGuard, () => {
  const contextOf = (handler: () => void) => new ExecutionContextHost([{ ip: '192.0.2.1' }, {}], Object, handler);
  const guardWith = (of: RateLimits['of']) =>
    new RateLimitGuard({ of } as unknown as RateLimits, {} as unknown as HttpAdapterHost);

  it('lets a route of no group through at once, without a promise', () => {
    const of = jest.fn();
    const guard = guardWith(of);
    expect(guard.canActivate(contextOf(() => undefined))).toBe(true);
    expect(of).not.toHaveBeenCalled();
  });

  it('does the same with a route of a group where limits are off', () => {
    const handler = () => undefined;
    RATE_LIMIT.set(handler, 'credentials');
    const of = jest.fn();
    expect(guardWith(of).canActivate(contextOf(handler))).toBe(true);
    expect(of).toHaveBeenCalledWith('credentials');
  });

  it('counts by a promise where there is a limit', () => {
    const handler = () => undefined;
    RATE_LIMIT.set(handler, 'credentials');
    const limit = { consume: () => new Promise(() => undefined) };
    const guard = guardWith((() => limit) as unknown as RateLimits['of']);
    expect(guard.canActivate(contextOf(handler))).toBeInstanceOf(Promise);
  });
});
