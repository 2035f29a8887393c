import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DatabaseSettings } from '../config/settings/database.settings';
import type { AuditSeal, SealableEvent } from './audit-seal';

/** First key of the advisory lock of the sealer; the second is the schema. */
const SEALING_LOCK = 1_767_225_701;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** A place in the order of events: by transaction, then by id. */
export type EventPosition = Pick<AuditSeal, 'transaction' | 'eventId'>;
export const BEGINNING: EventPosition = { transaction: '0', eventId: FIRST_ID };

const SEAL = `number::text AS "number", transaction::text AS "transaction", event_id AS "eventId",
  to_char(sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "sealedAt",
  event_ids::text[] AS "eventIds", digests, key_id AS "keyId", mac`;
const EVENT = `id, transaction::text AS "transaction",
  ARRAY[to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), type, outcome, actor_id::text, subject_id::text,
        session_id::text, ip, details::text] AS "columns"`;

/** The SQL of `audit_seals`, and of events in the order in which they are sealed. */
@Injectable()
export class AuditSealStore {
  private readonly events: string;
  private readonly seals: string;

  constructor(private readonly settings: DatabaseSettings) {
    this.events = `"${settings.schema}"."audit_events"`;
    this.seals = `"${settings.schema}"."audit_seals"`;
  }

  /** Makes the caller the only sealer until the transaction ends. @returns whether nobody else is */
  async tryLock(tx: EntityManager): Promise<boolean> {
    const [row] = await tx.query<{ granted: boolean }[]>(
      'SELECT pg_try_advisory_xact_lock($1, hashtext($2)) AS granted',
      [SEALING_LOCK, this.settings.schema],
    );
    return row?.granted === true;
  }

  async newest(db: EntityManager): Promise<AuditSeal | undefined> {
    const [seal] = await db.query<AuditSeal[]>(`SELECT ${SEAL} FROM ${this.seals} s ORDER BY s.number DESC LIMIT 1`);
    return seal;
  }

  /** The seals after the one of that number, in their order. */
  async after(db: EntityManager, number: string, take: number): Promise<AuditSeal[]> {
    return db.query(`SELECT ${SEAL} FROM ${this.seals} s WHERE s.number > $1 ORDER BY s.number LIMIT $2`, [
      number,
      take,
    ]);
  }

  async numbered(db: EntityManager, number: string): Promise<AuditSeal | undefined> {
    const [seal] = await db.query<AuditSeal[]>(`SELECT ${SEAL} FROM ${this.seals} s WHERE s.number = $1`, [number]);
    return seal;
  }

  async count(db: EntityManager): Promise<number> {
    const [row] = await db.query<{ count: number }[]>(`SELECT count(*)::integer AS count FROM ${this.seals}`);
    return row?.count ?? 0;
  }

  async add(tx: EntityManager, seal: AuditSeal): Promise<void> {
    await tx.query(
      `INSERT INTO ${this.seals} (number, transaction, event_id, sealed_at, event_ids, digests, key_id, mac)
       VALUES ($1, $2, $3, $4, $5::uuid[], $6, $7, $8)`,
      [seal.number, seal.transaction, seal.eventId, seal.sealedAt, seal.eventIds, seal.digests, seal.keyId, seal.mac],
    );
  }

  /** Events after a place that nothing can come before any more: their transactions, and all older ones, are finished. */
  async finished(db: EntityManager, after: EventPosition, take: number): Promise<SealableEvent[]> {
    return db.query(
      `SELECT ${EVENT} FROM ${this.events} e
        WHERE (e.transaction, e.id) > ($1::bigint, $2::uuid)
          AND e.transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        ORDER BY e.transaction, e.id LIMIT $3`,
      [after.transaction, after.eventId, take],
    );
  }

  /** Events after one place, up to another. */
  async between(db: EntityManager, after: EventPosition, to: EventPosition): Promise<SealableEvent[]> {
    return db.query(
      `SELECT ${EVENT} FROM ${this.events} e
        WHERE (e.transaction, e.id) > ($1::bigint, $2::uuid) AND (e.transaction, e.id) <= ($3::bigint, $4::uuid)
        ORDER BY e.transaction, e.id`,
      [after.transaction, after.eventId, to.transaction, to.eventId],
    );
  }
}
