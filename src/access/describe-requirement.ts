import { ApiExtension } from '@nestjs/swagger';
import type { DemandRules } from '../platform/openapi/demands';
import { type AssuranceRequirement, combineRequirements, demandedAcr } from './assurance';

/** For a controller or a method. */
type AnyDecorator = (target: object, property?: string | symbol, descriptor?: PropertyDescriptor) => void;

/** What a route demands, as OpenAPI carries it; the document builder turns it into words and responses. All must be met. */
export function describeRequirements(requirements: readonly AssuranceRequirement[]): AnyDecorator {
  return describe('x-required-mfa', requirements);
}

export function describeRecentAuthentication(maxAge: number): AnyDecorator {
  return describe('x-recent-authentication', maxAge);
}

export function describePermissions(permissions: readonly string[]): AnyDecorator {
  return describe('x-required-permissions', permissions);
}

export function describeRoles(roles: readonly string[]): AnyDecorator {
  return describe('x-required-roles', roles);
}

/** How what was described on a controller and on a method adds up: as the guards have it. */
export const DESCRIBED_DEMANDS: DemandRules = {
  'x-required-mfa': (described: readonly (readonly AssuranceRequirement[])[]) =>
    combineRequirements(described.flat()).map((requirement) => ({ ...requirement, acr: demandedAcr(requirement) })),
  'x-recent-authentication': (described: readonly number[]) => Math.min(...described),
  'x-required-permissions': (described: readonly (readonly string[])[]) => [...new Set(described.flat())],
  'x-required-roles': (described: readonly (readonly string[])[]) => [...new Set(described.flat())],
};

/** Under a name of its own on a controller: what controller and method demand adds up, and one would hide the other. */
function describe(extension: string, value: unknown): AnyDecorator {
  return (target, property, descriptor) => {
    const name = descriptor === undefined ? `${extension}-of-controller` : extension;
    (ApiExtension(name, value) as AnyDecorator)(target, property, descriptor);
  };
}
