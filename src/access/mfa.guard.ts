import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/clock';
import { type AssuranceRequirement, assessAssurance, combineRequirements, stepUpError } from './assurance';
import { ASSURANCE } from './metadata';
import type { Caller } from './principal';

/**
 * Turns away every access token without a verified second factor. On its own it asks for `aal2`; `@RequireMfa()` asks for more.
 * Reads claims only, never the database.
 *
 * @example
 * @UseGuards(MfaGuard)
 * @Controller('invoices')
 * export class InvoicesController {}
 */
@Injectable()
export class MfaGuard implements CanActivate {
  /** By controller and method: decorators do not change once the service runs. */
  private readonly known = new WeakMap<object, WeakMap<object, readonly AssuranceRequirement[]>>();

  constructor(private readonly clock: Clock) {}

  canActivate(context: ExecutionContext): boolean {
    const { user } = context.getArgByIndex<{ user?: Caller }>(0);
    if (user === undefined || 'purpose' in user) throw new Error('MfaGuard on a route that has no principal');
    const now = this.clock.nowInSeconds();
    for (const requirement of this.requirementsOf(context.getClass(), context.getHandler())) {
      const shortfall = assessAssurance(user, requirement, now);
      if (shortfall) throw stepUpError(shortfall);
    }
    return true;
  }

  /** All must be met: neither a method nor an heir lowers what its controller or base class demands. */
  private requirementsOf(controller: object, handler: object): readonly AssuranceRequirement[] {
    const known = this.known.get(controller)?.get(handler);
    if (known !== undefined) return known;
    const combined = combineRequirements([...ASSURANCE.allOf(controller), ...ASSURANCE.allOf(handler)]);
    const ofController = this.known.get(controller) ?? new WeakMap<object, readonly AssuranceRequirement[]>();
    this.known.set(controller, ofController.set(handler, combined));
    return combined;
  }
}
