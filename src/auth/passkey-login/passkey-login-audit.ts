import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SignInMetrics } from '../../mfa/sign-in/sign-in-metrics';
import { AuditLog } from '../../platform/audit/audit-log';
import type { ClientInfo } from '../../platform/http/client-info';

const METHOD = 'passkey';

export interface RefusedPasskey {
  /** Whose passkey was shown, where it is known. */
  readonly userId?: string | undefined;
  readonly cause: string;
}

/** What the audit log keeps of a login by passkey. */
@Injectable()
export class PasskeyLoginAudit {
  constructor(
    private readonly audit: AuditLog,
    private readonly metrics: SignInMetrics,
  ) {}

  async refused(tx: EntityManager, client: ClientInfo, { userId, cause }: RefusedPasskey): Promise<void> {
    this.metrics.refused(tx, 'sign_in');
    await this.audit.record(tx, {
      type: 'session.login',
      outcome: 'failure',
      ip: client.ip,
      ...(userId !== undefined && { subjectId: userId }),
      details: { method: METHOD, cause },
    });
  }

  async accepted(
    tx: EntityManager,
    client: ClientInfo,
    { userId, sessionId, factorId, status }: { userId: string; sessionId: string; factorId: string; status: string },
  ): Promise<void> {
    await this.audit.record(tx, {
      type: 'session.login',
      outcome: 'success',
      actorId: userId,
      sessionId,
      ip: client.ip,
      details: { method: METHOD, factorId, status },
    });
  }
}
