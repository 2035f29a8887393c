import { ApiExtension } from '@nestjs/swagger';
import { MetadataKey } from '../http/metadata-key';
import type { RateLimitGroup } from './rate-limit-group';

export const RATE_LIMIT = new MetadataKey<RateLimitGroup>('rate-limit:group');
export const RATE_LIMIT_EXTENSION = 'x-rate-limit';

export interface RateLimitOptions {
  readonly group: Exclude<RateLimitGroup, 'client-secrets'>;
}

/**
 * Counts the requests of a route by client address, together with those of every other route of the group. Past the limit of
 * the group, 429 `rate_limited`.
 *
 * @example
 * @RateLimit({ group: 'credentials' })
 * @Post('login')
 * login() {}
 */
export function RateLimit({ group }: RateLimitOptions): MethodDecorator {
  return (target, property, descriptor: PropertyDescriptor) => {
    RATE_LIMIT.set(descriptor.value as object, group);
    ApiExtension(RATE_LIMIT_EXTENSION, group)(target, property, descriptor);
  };
}
