import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/clock';
import { type AssuranceRequirement, assessAssurance, stepUpError } from './assurance';
import { ASSURANCE } from './metadata';
import type { Caller } from './principal';

const ANY_SECOND_FACTOR: AssuranceRequirement = {};

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
  constructor(private readonly clock: Clock) {}

  canActivate(context: ExecutionContext): boolean {
    const { user } = context.getArgByIndex<{ user?: Caller }>(0);
    if (user === undefined || 'purpose' in user) throw new Error('MfaGuard on a route that has no principal');
    const now = this.clock.nowInSeconds();
    // Both must be met: a method cannot lower what its controller demands.
    for (const target of [context.getClass(), context.getHandler()]) {
      const shortfall = assessAssurance(user, ASSURANCE.get(target) ?? ANY_SECOND_FACTOR, now);
      if (shortfall) throw stepUpError(shortfall);
    }
    return true;
  }
}
