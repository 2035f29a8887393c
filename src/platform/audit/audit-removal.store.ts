import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DatabaseSettings } from '../config/settings/database.settings';
import type { AuditRemoval } from './audit-removal';
import type { AuditSeal } from './audit-seal';

/** First key of the advisory lock of retention; the second is the schema. */
const RETENTION_LOCK = 1_767_225_702;

/** The SQL of `audit_removals`, and of what they remove. */
@Injectable()
export class AuditRemovalStore {
  private readonly events: string;
  private readonly seals: string;
  private readonly removals: string;

  constructor(private readonly settings: DatabaseSettings) {
    this.events = `"${settings.schema}"."audit_events"`;
    this.seals = `"${settings.schema}"."audit_seals"`;
    this.removals = `"${settings.schema}"."audit_removals"`;
  }

  /** Makes the caller the only one that removes until the transaction ends. @returns whether nobody else is */
  async tryLock(tx: EntityManager): Promise<boolean> {
    const [row] = await tx.query<{ granted: boolean }[]>(
      'SELECT pg_try_advisory_xact_lock($1, hashtext($2)) AS granted',
      [RETENTION_LOCK, this.settings.schema],
    );
    return row?.granted === true;
  }

  /** The one that covers most. */
  async newest(db: EntityManager): Promise<AuditRemoval | undefined> {
    const [removal] = await db.query<AuditRemoval[]>(
      `SELECT seal_number::text AS "sealNumber", transaction::text AS "transaction", event_id AS "eventId",
              to_char(removed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "removedAt",
              key_id AS "keyId", mac
         FROM ${this.removals} r ORDER BY r.seal_number DESC LIMIT 1`,
    );
    return removal;
  }

  /** The last of the next few seals that was made before a moment. @param after number of a seal */
  async lastSealBefore(
    db: EntityManager,
    after: string,
    before: Date,
    take: number,
  ): Promise<Pick<AuditSeal, 'number' | 'transaction' | 'eventId' | 'mac'> | undefined> {
    const [seal] = await db.query<AuditSeal[]>(
      `SELECT number::text AS "number", transaction::text AS "transaction", event_id AS "eventId", mac FROM ${this.seals} s
        WHERE s.number > $1::bigint AND s.number <= $1::bigint + $2 AND s.sealed_at < $3 ORDER BY s.number DESC LIMIT 1`,
      [after, take, before],
    );
    return seal;
  }

  /** Records a removal, without which PostgreSQL refuses it, and removes. @returns how many events that were */
  async remove(tx: EntityManager, removal: AuditRemoval): Promise<number> {
    const { sealNumber, transaction, eventId, removedAt, keyId, mac } = removal;
    await tx.query(
      `INSERT INTO ${this.removals} (seal_number, transaction, event_id, removed_at, key_id, mac)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [sealNumber, transaction, eventId, removedAt, keyId, mac],
    );
    const [row] = await tx.query<{ count: number }[]>(
      `WITH gone AS (
         DELETE FROM ${this.events} e WHERE (e.transaction, e.id) <= ($1::bigint, $2::uuid) RETURNING 1)
       SELECT count(*)::integer AS count FROM gone`,
      [transaction, eventId],
    );
    return row?.count ?? 0;
  }
}
