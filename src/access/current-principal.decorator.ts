import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Caller, Principal } from './principal';

interface AuthenticatedRequest {
  readonly user?: Caller;
}

/**
 * Hands a controller method the `Principal` of its request.
 *
 * @example
 * @Get()
 * list(@CurrentPrincipal() principal: Principal) {}
 */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { user } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (user === undefined || 'purpose' in user) throw new Error('@CurrentPrincipal() on a route that has no principal');
  return user;
});

/** Hands a method marked `@AcceptsMfaToken()` whoever calls: a `Principal`, or the holder of an MFA token. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { user } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (user === undefined) throw new Error('@CurrentCaller() on a public route');
  return user;
});
