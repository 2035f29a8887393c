import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/clock';
import { assessRecentAuthentication, stepUpError } from './assurance';
import { RECENT_AUTHENTICATION } from './metadata';
import { type Caller, isMfaTokenHolder } from './principal';

/** Turns away access tokens whose holder was last recognised too long ago. Reads claims only, never the database. */
@Injectable()
export class RecentAuthenticationGuard implements CanActivate {
  constructor(private readonly clock: Clock) {}

  canActivate(context: ExecutionContext): boolean {
    const { user } = context.switchToHttp().getRequest<{ user?: Caller }>();
    if (user === undefined) throw new Error('RecentAuthenticationGuard on a public route');
    // Only routes marked `@AcceptsMfaToken()` get here with one: the handler decides what it is good for.
    if (isMfaTokenHolder(user)) return true;
    const ages = [
      ...RECENT_AUTHENTICATION.allOf(context.getClass()),
      ...RECENT_AUTHENTICATION.allOf(context.getHandler()),
    ];
    if (ages.length === 0) throw new Error('RecentAuthenticationGuard without @RequireRecentAuthentication()');
    const shortfall = assessRecentAuthentication(user, Math.min(...ages), this.clock.nowInSeconds());
    if (shortfall) throw stepUpError(shortfall);
    return true;
  }
}
