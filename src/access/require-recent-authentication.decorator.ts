import { applyDecorators, UseGuards } from '@nestjs/common';
import { describeRecentAuthentication } from './describe-requirement';
import { RECENT_AUTHENTICATION } from './metadata';
import { RecentAuthenticationGuard } from './recent-authentication.guard';

/**
 * Lets in only callers who were recognised not long ago, on a controller or a method. Who has a second factor must have verified
 * it within `maxAge` (refused as `mfa_required` or `mfa_stale`); who has none must have signed in, or confirmed the password,
 * within it (`reauthentication_required`). For what an account without a second factor may do as well, such as changing its
 * address; `@RequireMfa()` shuts such accounts out.
 *
 * On a route marked `@AcceptsMfaToken()` it says nothing of MFA tokens.
 *
 * @param options `maxAge` in whole seconds
 * @throws TypeError at start when `maxAge` is no whole number of seconds
 * @example
 * @RequireRecentAuthentication({ maxAge: 600 })
 * @Delete('me')
 * deleteAccount() {}
 */
export function RequireRecentAuthentication({ maxAge }: { readonly maxAge: number }): ClassDecorator & MethodDecorator {
  if (!Number.isInteger(maxAge) || maxAge < 0) {
    throw new TypeError('@RequireRecentAuthentication(): maxAge is a whole number of seconds');
  }
  const note = (target: object, _property?: string | symbol, descriptor?: PropertyDescriptor) => {
    RECENT_AUTHENTICATION.set((descriptor?.value as object | undefined) ?? target, maxAge);
  };
  return applyDecorators(note, UseGuards(RecentAuthenticationGuard), describeRecentAuthentication(maxAge));
}
