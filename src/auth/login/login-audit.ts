import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../platform/audit/audit-log';
import { MacKeys } from '../../platform/crypto/mac-keys';
import { SignInMetrics } from '../../mfa/sign-in/sign-in-metrics';
import type { ClientInfo } from '../../platform/http/client-info';

export interface RefusedLogin {
  readonly identifier: string;
  readonly userId: string | undefined;
  readonly client: ClientInfo;
  readonly cause: 'password' | 'locked' | 'status';
}

export interface AcceptedLogin {
  readonly userId: string;
  readonly client: ClientInfo;
  readonly sessionId: string;
  readonly status: string | undefined;
}

/** What the audit log keeps of a login. */
@Injectable()
export class LoginAudit {
  constructor(
    private readonly audit: AuditLog,
    private readonly macKeys: MacKeys,
    private readonly metrics: SignInMetrics,
  ) {}

  async refused(tx: EntityManager, { identifier, userId, client, cause }: RefusedLogin): Promise<void> {
    this.metrics.refused(tx, 'sign_in');
    await this.audit.record(tx, {
      type: 'session.login',
      outcome: 'failure',
      ip: client.ip,
      ...(userId !== undefined && { subjectId: userId }),
      details: {
        cause,
        // By HMAC only: people type their password where the name belongs.
        ...(userId === undefined && {
          identifierMac: this.macKeys.sign('audit', identifier).digest.toString('base64url'),
        }),
      },
    });
  }

  async accepted(tx: EntityManager, { userId, client, sessionId, status }: AcceptedLogin): Promise<void> {
    await this.audit.record(tx, {
      type: 'session.login',
      outcome: 'success',
      actorId: userId,
      sessionId,
      ip: client.ip,
      details: { status },
    });
  }
}
