import { ApiExtension } from '@nestjs/swagger';
import type { AssuranceRequirement } from './assurance';

/** What a route demands, as OpenAPI carries it; the document builder turns it into words and responses. */
const ACCESS_EXTENSION = { mfa: 'x-required-mfa', permissions: 'x-required-permissions' } as const;

export function describeRequirement(requirement: AssuranceRequirement): ClassDecorator & MethodDecorator {
  return ApiExtension(ACCESS_EXTENSION.mfa, { acr: 'aal2', ...requirement }) as ClassDecorator & MethodDecorator;
}

export function describePermissions(permissions: readonly string[]): ClassDecorator & MethodDecorator {
  return ApiExtension(ACCESS_EXTENSION.permissions, permissions) as ClassDecorator & MethodDecorator;
}
