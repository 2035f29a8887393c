import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { createHash, timingSafeEqual } from 'node:crypto';
import { ServerSettings } from '../config/settings/server.settings';
import { DomainError } from '../errors/domain-error';

/** Lets in who has `METRICS_TOKEN`; without that setting nobody in production, and everybody elsewhere. */
@Injectable()
export class MetricsTokenGuard implements CanActivate {
  constructor(private readonly settings: ServerSettings) {}

  canActivate(context: ExecutionContext): boolean {
    const { metricsToken, isProduction } = this.settings;
    if (metricsToken === undefined) {
      if (isProduction) throw new DomainError('not_found');
      return true;
    }
    const { headers } = context.switchToHttp().getRequest<{ headers: { authorization?: string } }>();
    const given = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
    if (given === undefined) throw new DomainError('token_missing', { detail: 'Send METRICS_TOKEN as bearer token.' });
    if (timingSafeEqual(digest(given), digest(metricsToken))) return true;
    throw new DomainError('token_invalid', { reason: 'not METRICS_TOKEN', challenge: { error: 'invalid_token' } });
  }
}

/** Of one length, whatever was sent. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
