import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../clock/clock';
import { AuditEventEntity } from './entities/audit-event.entity';

/** Something that happened to an account, a session, a factor or a token. */
export interface AuditEvent {
  /** Dotted name, e.g. `session.refreshed`, `payout.approved`. */
  readonly type: string;
  readonly outcome: 'success' | 'failure';
  /** Who did it; left out where nobody was recognised. */
  readonly actorId?: string;
  /** Whose account it concerns; the actor's own unless said. */
  readonly subjectId?: string;
  readonly sessionId?: string;
  readonly ip?: string;
  /** Further facts. Never a password, code, token or secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The append-only record of what happened. An event commits together with what it records, or not at all. */
@Injectable()
export class AuditLog {
  constructor(private readonly clock: Clock) {}

  /**
   * @param tx the transaction of the change that is recorded
   * @example await audit.record(tx, { type: 'payout.approved', outcome: 'success', actorId, details: { payoutId } });
   */
  async record(tx: EntityManager, event: AuditEvent): Promise<void> {
    await tx
      .createQueryBuilder()
      .insert()
      .into(AuditEventEntity)
      .values({
        id: uuidv7(),
        at: this.clock.now(),
        type: event.type,
        outcome: event.outcome,
        actorId: event.actorId ?? null,
        subjectId: event.subjectId ?? event.actorId ?? null,
        sessionId: event.sessionId ?? null,
        ip: event.ip ?? null,
        details: (event.details ?? {}) as object,
      })
      .updateEntity(false)
      .execute();
  }
}
