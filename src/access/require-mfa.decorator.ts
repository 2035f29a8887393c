import { applyDecorators, UseGuards } from '@nestjs/common';
import type { AssuranceRequirement } from './assurance';
import { describeRequirements } from './describe-requirement';
import { ASSURANCE } from './metadata';
import { MfaGuard } from './mfa.guard';

/**
 * Lets in only access tokens with a verified second factor, on a controller or a method.
 *
 * @param requirement `maxAge` in whole seconds; `acr` as the least rung, `aal2` unless said; `methods` as values of `amr`, one
 *   of which must have been verified
 * A token carries one time for all second factors: `maxAge` is counted from the latest of them, `acr` and `methods` look at all
 * that are still fresh.
 *
 * What stands on a controller, its base classes and a method adds up: none of them lowers what another demands.
 *
 * @throws TypeError at start when `maxAge` is no whole number of seconds
 * @example
 * @RequireMfa({ maxAge: 300 }) // verified within the last five minutes
 * @Post()
 * create() {}
 */
export function RequireMfa(requirement: AssuranceRequirement = {}): ClassDecorator & MethodDecorator {
  const { maxAge } = requirement;
  if (maxAge !== undefined && (!Number.isInteger(maxAge) || maxAge < 0)) {
    throw new TypeError('@RequireMfa(): maxAge is a whole number of seconds');
  }
  const note = (target: object, _property?: string | symbol, descriptor?: PropertyDescriptor) => {
    ASSURANCE.set((descriptor?.value as object | undefined) ?? target, Object.freeze({ ...requirement }));
  };
  const describe = (target: object, property?: string | symbol, descriptor?: PropertyDescriptor) => {
    // A controller inherits what its base classes demand.
    const demanded = descriptor === undefined ? ASSURANCE.allOf(target) : [requirement];
    describeRequirements(demanded)(target, property, descriptor);
  };
  return applyDecorators(note, UseGuards(MfaGuard), describe);
}
