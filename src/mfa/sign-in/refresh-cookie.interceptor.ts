import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type Observable, tap } from 'rxjs';
import { AllowedOrigins } from '../../platform/http/allowed-origins';
import { requestedTransport } from '../../platform/http/token-transport';
import { refreshCookieOf } from './refresh-cookie-carrier';

interface RequestWithHeaders {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Puts the refresh token of a session with cookie transport into its cookie. On routes that answer an `AuthResult` only. */
@Injectable()
export class RefreshCookieInterceptor implements NestInterceptor {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly origins: AllowedOrigins,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const { headers } = http.getRequest<RequestWithHeaders>();
    // A page elsewhere must sign nobody in here. What is no browser names no origin, and nothing is forged with it.
    if (headers['origin'] !== undefined && requestedTransport(headers['x-token-transport']) === 'cookie') {
      this.origins.assertAllowed(headers['origin']);
    }
    return next.handle().pipe(
      tap((answer) => {
        const cookie = refreshCookieOf(answer);
        const { httpAdapter } = this.adapterHost;
        if (cookie !== undefined) httpAdapter.setHeader(http.getResponse<object>(), 'set-cookie', cookie);
      }),
    );
  }
}
