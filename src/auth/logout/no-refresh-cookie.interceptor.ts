import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type Observable, tap } from 'rxjs';
import { noRefreshCookie } from '../../tokens/refresh-tokens/refresh-cookie';

/** Takes the cookie away, when the route succeeds: a refusal leaves it where it is. */
@Injectable()
export class NoRefreshCookieInterceptor implements NestInterceptor {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const response = context.switchToHttp().getResponse<object>();
    return next.handle().pipe(
      tap(() => {
        this.adapterHost.httpAdapter.setHeader(response, 'set-cookie', noRefreshCookie());
      }),
    );
  }
}
