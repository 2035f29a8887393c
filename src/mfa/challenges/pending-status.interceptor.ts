import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type Observable, tap } from 'rxjs';
import type { AuthResult } from '../sign-in/dto/auth-result.dto';
import type { PendingChallengeDto } from './dto/challenge.dto';

/** 202 for a challenge that nobody has answered yet. */
@Injectable()
export class PendingStatusInterceptor implements NestInterceptor {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      tap(({ status }: AuthResult | PendingChallengeDto) => {
        const { httpAdapter } = this.adapterHost;
        if (status === 'pending') httpAdapter.status(context.switchToHttp().getResponse<object>(), 202);
      }),
    );
  }
}
