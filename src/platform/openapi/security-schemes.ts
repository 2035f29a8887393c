import { ApiSecurity } from '@nestjs/swagger';

/** Names of the security schemes of the document: of people, of other services, of whoever scrapes metrics, of browsers. */
export const BEARER_SCHEME = 'bearer';
export const CLIENT_SCHEME = 'client';
export const METRICS_SCHEME = 'metrics';
export const COOKIE_SCHEME = 'refreshCookie';

/** Documents a route where another service authenticates by `Authorization: Basic`. */
export function ApiClientAuthentication(): MethodDecorator {
  return ApiSecurity(CLIENT_SCHEME);
}

/** Documents a route that takes `METRICS_TOKEN`. */
export function ApiMetricsToken(): MethodDecorator {
  return ApiSecurity(METRICS_SCHEME);
}

/** Documents a public route that takes the refresh token's cookie, too. */
export function ApiRefreshCookie(): MethodDecorator {
  return ApiSecurity(COOKIE_SCHEME);
}
