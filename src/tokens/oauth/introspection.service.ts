import { Injectable } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { Caller } from '../../access/principal';
import { DomainError } from '../../platform/errors/domain-error';
import { AccessTokenGuard } from '../access-tokens/access-token.guard';
import { readJwsClaims, readJwsHeader } from '../access-tokens/compact-jws';
import { ClientAuthentication } from './clients/client-authentication';
import type { ServiceClient } from './clients/service-client';
import { activeAnswer, INACTIVE, type IntrospectionAnswer, isForOneOf } from './introspection-answer';
import { introspectedToken } from './introspection-request';

/** Tells a resource server whether a token is good, and what it says. */
@Injectable()
export class IntrospectionService {
  constructor(
    private readonly guard: AccessTokenGuard,
    private readonly clients: ClientAuthentication,
  ) {}

  /**
   * What a client that authenticates so gets to know.
   *
   * @param form the body as it was read; undefined without one
   * @throws OAuthError `invalid_client`, `invalid_request`
   * @throws DomainError `unsupported_media_type`; `unavailable` while it is not known what was revoked
   */
  async answer(authorization: string | undefined, form: unknown, ip: string): Promise<IntrospectionAnswer> {
    if (form !== undefined && !(form instanceof URLSearchParams)) {
      throw new DomainError('unsupported_media_type', { detail: 'Send application/x-www-form-urlencoded.' });
    }
    const client = await this.clients.authenticate(authorization, ip);
    return this.introspect(client, introspectedToken(form ?? new URLSearchParams()));
  }

  /** @throws DomainError `unavailable` while it is not known what was revoked */
  async introspect(client: ServiceClient, token: string): Promise<IntrospectionAnswer> {
    if (readJwsHeader(token) === undefined || !(await this.opensGuardedRoutes(token))) return INACTIVE;
    const claims = readJwsClaims(token);
    return claims !== undefined && isForOneOf(client.audiences, claims['aud']) ? activeAnswer(claims) : INACTIVE;
  }

  /** Asks the guard itself: what it lets in is live, and no second set of rules can differ from the first. */
  private async opensGuardedRoutes(token: string): Promise<boolean> {
    const request: { headers: object; user?: Caller } = { headers: { authorization: `Bearer ${token}` } };
    const context = new ExecutionContextHost([request, {}], IntrospectionService, guardedRoute);
    try {
      return (await this.guard.canActivate(context)) && request.user !== undefined;
    } catch (error) {
      if (error instanceof DomainError && error.code === 'token_invalid') return false;
      throw error;
    }
  }
}

/** A route without decorators: neither public nor for MFA tokens. */
function guardedRoute(): void {
  return;
}
