import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../clock/clock';
import { newId } from '../crypto/new-id';
import type { AuditEventType } from './audit-event-types';
import { AuditEventEntity } from './entities/audit-event.entity';

/** Something that happened to an account, a session, a factor or a token. */
export interface AuditEvent {
  /** Dotted name, e.g. `session.refreshed`; a domain module adds its own to `DomainAuditEvents`. */
  readonly type: AuditEventType;
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
  /** Parts of statements put together before, by source and first parameter. */
  private readonly parts = new Map<string, string>();

  constructor(private readonly clock: Clock) {}

  /**
   * @param tx the transaction of the change that is recorded
   * @example await audit.record(tx, { type: 'payout.approved', outcome: 'success', actorId, details: { payoutId } });
   */
  async record(tx: EntityManager, event: AuditEvent): Promise<void> {
    await tx.query(`${insertion(tx)} VALUES (${placeholders(1)})`, this.parametersOf(event));
  }

  /**
   * The same as a part of another statement, for what is done too often to pay for two: records the event once for each row
   * of `source`, the name of a common table expression.
   *
   * @param first the number of the first parameter that is free
   */
  recordFor(tx: EntityManager, source: string, event: AuditEvent, first: number): StatementPart {
    const key = `${source} ${first}`;
    const sql = this.parts.get(key) ?? `${insertion(tx)} SELECT ${placeholders(first)} FROM ${source}`;
    this.parts.set(key, sql);
    return { sql, parameters: this.parametersOf(event) };
  }

  private parametersOf(event: AuditEvent): unknown[] {
    return [
      newId(),
      this.clock.now(),
      event.type,
      event.outcome,
      event.actorId ?? null,
      event.subjectId ?? event.actorId ?? null,
      event.sessionId ?? null,
      event.ip ?? null,
      JSON.stringify(event.details ?? {}),
    ];
  }
}

/** Columns and their types: within a larger statement PostgreSQL does not guess these from the table. */
const COLUMNS = ['id', 'at', 'type', 'outcome', 'actor_id', 'subject_id', 'session_id', 'ip', 'details'];
const TYPES = ['uuid', 'timestamptz', 'text', 'text', 'uuid', 'uuid', 'uuid', 'text', 'jsonb'];

function insertion(tx: EntityManager): string {
  return `INSERT INTO ${tx.dataSource.getMetadata(AuditEventEntity).tablePath} (${COLUMNS.join(', ')})`;
}

function placeholders(first: number): string {
  return TYPES.map((type, index) => `$${first + index}::${type}`).join(', ');
}
