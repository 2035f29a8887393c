import { applyDecorators, type CanActivate, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { AllowedOrigins } from '../../platform/http/allowed-origins';
import { requestedTransport } from '../../platform/http/token-transport';

const ANSWERS_TOKENS = 'answersTokens';

interface RequestWithHeaders {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** A page elsewhere must sign nobody in here. What is no browser names no origin, and nothing is forged with it. */
@Injectable()
class SignInOriginGuard implements CanActivate {
  constructor(private readonly origins: AllowedOrigins) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.getArgByIndex<RequestWithHeaders>(0);
    if (headers['origin'] !== undefined && requestedTransport(headers['x-token-transport']) === 'cookie') {
      this.origins.assertAllowed(headers['origin']);
    }
    return true;
  }
}

/**
 * For a route whose answer is an `AuthResult`, or has one as `auth`: the refresh token of a session with cookie transport goes
 * into its cookie. `app.setup.ts` sees to that where the answer leaves: an interceptor would cost a refresh a tenth of its time.
 */
export function AnswersTokens(): MethodDecorator {
  return applyDecorators(RouteConfig({ [ANSWERS_TOKENS]: true }), UseGuards(SignInOriginGuard));
}

/** @param config what the HTTP adapter keeps of a route */
export function answersTokens(config: object | undefined): boolean {
  return config !== undefined && ANSWERS_TOKENS in config;
}
