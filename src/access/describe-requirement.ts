import { ApiExtension } from '@nestjs/swagger';
import type { AssuranceRequirement } from './assurance';

/** For a controller or a method. */
type AnyDecorator = (target: object, property?: string | symbol, descriptor?: PropertyDescriptor) => void;

/** What a route demands, as OpenAPI carries it; the document builder turns it into words and responses. */
export function describeRequirement(requirement: AssuranceRequirement): AnyDecorator {
  return describe('x-required-mfa', { acr: 'aal2', ...requirement });
}

export function describeRecentAuthentication(maxAge: number): AnyDecorator {
  return describe('x-recent-authentication', maxAge);
}

export function describePermissions(permissions: readonly string[]): AnyDecorator {
  return describe('x-required-permissions', permissions);
}

/** Under a name of its own on a controller: what controller and method demand adds up, and one would hide the other. */
function describe(extension: string, value: unknown): AnyDecorator {
  return (target, property, descriptor) => {
    const name = descriptor === undefined ? `${extension}-of-controller` : extension;
    (ApiExtension(name, value) as AnyDecorator)(target, property, descriptor);
  };
}
