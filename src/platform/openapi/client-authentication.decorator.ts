import { ApiSecurity } from '@nestjs/swagger';

/** Name of the security scheme of other services. */
export const CLIENT_SCHEME = 'client';

/** Documents a route where another service authenticates by `Authorization: Basic`. */
export function ApiClientAuthentication(): MethodDecorator {
  return ApiSecurity(CLIENT_SCHEME);
}
