import type { Type } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';
import { MetadataKey } from './metadata-key';

export const PUBLIC = new MetadataKey<true>('access:public');

/**
 * Opens a route to callers without a token. On methods only: on a controller it would open every method that is added later.
 *
 * @throws TypeError at start when it stands on a controller
 * @example
 * @Public()
 * @Get('status')
 * status() {}
 */
export function Public(): MethodDecorator {
  return (target, property, descriptor?: PropertyDescriptor) => {
    if (descriptor === undefined) throw new TypeError(`${(target as Type).name}: @Public() belongs on methods`);
    PUBLIC.set(descriptor.value as object, true);
    // OpenAPI: an empty requirement takes the document's bearer scheme away.
    ApiSecurity({})(target, property, descriptor);
  };
}
