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

/** SQL and the values of its parameters. */
export interface StatementPart {
  readonly sql: string;
  readonly parameters: readonly unknown[];
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
    const { sql, parameters } = this.insertion(tx, event);
    await tx.query(`${sql} VALUES (${placeholders(1)})`, [...parameters]);
  }

  /**
   * The same as a part of another statement, for what is done too often to pay for two: records the event once for each row
   * of `source`, the name of a common table expression.
   *
   * @param first the number of the first parameter that is free
   */
  recordFor(tx: EntityManager, source: string, event: AuditEvent, first: number): StatementPart {
    const { sql, parameters } = this.insertion(tx, event);
    return { sql: `${sql} SELECT ${placeholders(first)} FROM ${source}`, parameters };
  }

  private insertion(tx: EntityManager, event: AuditEvent): StatementPart {
    return {
      sql: `INSERT INTO ${tx.dataSource.getMetadata(AuditEventEntity).tablePath} (${COLUMNS.join(', ')})`,
      parameters: [
        uuidv7(),
        this.clock.now(),
        event.type,
        event.outcome,
        event.actorId ?? null,
        event.subjectId ?? event.actorId ?? null,
        event.sessionId ?? null,
        event.ip ?? null,
        JSON.stringify(event.details ?? {}),
      ],
    };
  }
}

/** Columns and their types: within a larger statement PostgreSQL does not guess these from the table. */
const COLUMNS = ['id', 'at', 'type', 'outcome', 'actor_id', 'subject_id', 'session_id', 'ip', 'details'];
const TYPES = ['uuid', 'timestamptz', 'text', 'text', 'uuid', 'uuid', 'uuid', 'text', 'jsonb'];

function placeholders(first: number): string {
  return TYPES.map((type, index) => `$${first + index}::${type}`).join(', ');
}
