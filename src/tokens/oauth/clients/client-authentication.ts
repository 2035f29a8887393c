import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { validate as isUuid } from 'uuid';
import { AuditLog } from '../../../platform/audit/audit-log';
import { RateLimits } from '../../../platform/rate-limits/rate-limits';
import { basicCredentials } from '../basic-credentials';
import { OAuthError } from '../oauth-error';
import type { ServiceClient } from './service-client';
import { ServiceClientStore } from './service-client.store';

/** Knows another service by its id and secret (RFC 6749 §2.3.1, `client_secret_basic`). */
@Injectable()
export class ClientAuthentication {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clients: ServiceClientStore,
    private readonly audit: AuditLog,
    private readonly rateLimits: RateLimits,
  ) {}

  /**
   * Wrong ones are counted by address; right ones are not, since a resource server asks often.
   *
   * @throws OAuthError `invalid_client`, the same for an unknown id, a wrong secret and a revoked client
   * @throws DomainError `rate_limited` after too many of those, for right ones as well
   */
  async authenticate(authorization: string | undefined, ip: string): Promise<ServiceClient> {
    const credentials = basicCredentials(authorization);
    if (credentials === undefined) throw invalidClient();
    const limit = this.rateLimits.of('client-secrets');
    if (await limit?.isExceeded(ip)) throw this.rateLimits.refusal('client-secrets', limit?.seconds ?? 1);
    const { manager } = this.dataSource;
    const client = await this.clients.findBySecret(manager, credentials.id, credentials.secret);
    if (client === undefined) {
      // Before it is said: of many at once, no more than the limit are told anything, and the audit log does not fill up.
      const quota = await limit?.consume(ip);
      if (quota?.isExceeded) throw this.rateLimits.refusal('client-secrets', quota.resetAfter);
      // Only what looks like an id: whoever mixes the fields up sends the secret there.
      const details = isUuid(credentials.id) ? { clientId: credentials.id } : {};
      await this.audit.record(manager, { type: 'client.authentication_failed', outcome: 'failure', ip, details });
      throw invalidClient();
    }
    await this.clients.noteUse(manager, client);
    return client;
  }
}

function invalidClient(): OAuthError {
  return new OAuthError('invalid_client', 'Authenticate by Authorization: Basic with the id and secret of a client.');
}
