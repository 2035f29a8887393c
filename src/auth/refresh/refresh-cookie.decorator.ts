import { createParamDecorator, type ExecutionContext, Injectable, type PipeTransform } from '@nestjs/common';
import { DomainError } from '../../platform/errors/domain-error';
import { AllowedOrigins } from '../../platform/http/allowed-origins';
import { cookieValues } from '../../platform/http/cookie-values';
import { REFRESH_COOKIE } from '../../tokens/refresh-tokens/refresh-cookie';

interface BrowserHeaders {
  readonly cookie?: string;
  readonly origin?: string;
}

@Injectable()
class OriginCheckedCookie implements PipeTransform<BrowserHeaders, string | undefined> {
  constructor(private readonly origins: AllowedOrigins) {}

  transform({ cookie, origin }: BrowserHeaders): string | undefined {
    const [token, ...more] = cookieValues(cookie, REFRESH_COOKIE);
    if (token === undefined) return undefined;
    this.origins.assertAllowed(origin);
    if (more.length === 0) return token;
    // No browser sends two: somebody put one beside it.
    const message = `${REFRESH_COOKIE} must be there once`;
    throw new DomainError('validation_failed', { errors: [{ path: 'Cookie', code: 'ambiguous', message }] });
  }
}

const BrowserHeadersOf = createParamDecorator(
  (_: unknown, context: ExecutionContext): BrowserHeaders =>
    context.switchToHttp().getRequest<{ headers: BrowserHeaders }>().headers,
);

/**
 * Hands a controller method the refresh token of the request's cookie; undefined without one. A browser sends the cookie
 * along whoever asks, so the page that asks must be of an allowed origin.
 *
 * @throws DomainError `origin_refused`; `validation_failed` when the cookie is there twice
 */
export const RefreshCookie = (): ParameterDecorator => BrowserHeadersOf(OriginCheckedCookie);
