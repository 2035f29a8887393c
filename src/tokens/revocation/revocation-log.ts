import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { DatabaseSettings } from '../../platform/config/settings/database.settings';
import type { Revocation } from './revocation-set';

/** The longest an access token may live, by setting, and an hour. */
export const KEPT_FOR_SECONDS = 3600 + 3600;

/** Rows of one read: few enough to parse without holding anything up. */
const PAGE_SIZE = 2000;

interface Row extends Revocation {
  readonly xid: string;
}

/** A place in the log: behind this row, in the order in which it is read. */
export type RevocationPosition = Pick<Row, 'xid' | 'kind' | 'subject' | 'minVersion'> | { readonly xid: string };

export interface RevocationPage {
  /** Everything with a transaction id below this was settled when the page was read. */
  readonly horizon: string;
  readonly revocations: readonly Revocation[];
  /** Where the next page begins; undefined after the last. */
  readonly next: RevocationPosition | undefined;
}

/**
 * The append-only table `revocations`. Each row carries the id of its transaction, so that a reader who comes back asks for
 * everything that was not yet settled the last time: a row that commits late is never missed.
 */
@Injectable()
export class RevocationLog {
  private readonly table: string;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    settings: DatabaseSettings,
  ) {
    this.table = `"${settings.schema}"."revocations"`;
  }

  async revokeSessions(tx: EntityManager, sessionIds: readonly string[]): Promise<void> {
    if (sessionIds.length === 0) return;
    await tx.query(`INSERT INTO ${this.table} (kind, subject, expires_at) SELECT 'session', unnest($1::text[]), $2`, [
      sessionIds,
      this.clock.in(KEPT_FOR_SECONDS),
    ]);
  }

  /** Refuses every access token of the account whose version is below `minVersion`. */
  async revokeUser(tx: EntityManager, userId: string, minVersion: number): Promise<void> {
    await tx.query(`INSERT INTO ${this.table} (kind, subject, min_version, expires_at) VALUES ('user', $1, $2, $3)`, [
      userId,
      minVersion,
      this.clock.in(KEPT_FOR_SECONDS),
    ]);
  }

  /** The same for many accounts at once. */
  async revokeUsers(
    tx: EntityManager,
    users: readonly { readonly userId: string; readonly tokenVersion: number }[],
  ): Promise<void> {
    if (users.length === 0) return;
    await tx.query(
      `INSERT INTO ${this.table} (kind, subject, min_version, expires_at)
       SELECT 'user', subject, min_version, $3 FROM unnest($1::text[], $2::integer[]) AS changed(subject, min_version)`,
      [
        users.map(({ userId }) => userId),
        users.map(({ tokenVersion }) => tokenVersion),
        this.clock.in(KEPT_FOR_SECONDS),
      ],
    );
  }

  /** Refuses every token that the signing key made. The key itself has to go as well: this row does not last. */
  async revokeKey(tx: EntityManager, kid: string): Promise<void> {
    await tx.query(`INSERT INTO ${this.table} (kind, subject, expires_at) VALUES ('key', $1, $2)`, [
      kid,
      this.clock.in(KEPT_FOR_SECONDS),
    ]);
  }

  /**
   * Some of what is live, in the order of the log. To know everything from a horizon on, read from `{ xid: horizon }` page by page;
   * the horizon to come back to is that of the first page. Each page has a snapshot of its own, and each sees no less than the
   * one before, since rows are only added: together they are at least what the first snapshot would have shown.
   */
  async readPage(connection: Client, after: RevocationPosition): Promise<RevocationPage> {
    const { kind, subject, minVersion } = { kind: '', subject: '', minVersion: null, ...after };
    const { rows } = await connection.query<{ horizon: string; found: Row[] }>(
      `WITH page AS (
         SELECT xid, kind, subject, min_version, expires_at FROM ${this.table}
          WHERE (xid, kind, subject, coalesce(min_version, 0)) > ($1::xid8, $2, $3, $4::integer) AND expires_at > $5
          ORDER BY xid, kind, subject, coalesce(min_version, 0)
          LIMIT ${PAGE_SIZE})
       SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon,
              (SELECT coalesce(json_agg(json_build_object(
                        'xid', xid::text, 'kind', kind, 'subject', subject, 'minVersion', min_version,
                        'expiresAt', extract(epoch FROM expires_at))
                        ORDER BY page.xid, kind, subject, coalesce(min_version, 0)), '[]')
                 FROM page) AS found`,
      [after.xid, kind, subject, minVersion ?? 0, this.clock.now()],
    );
    if (rows[0] === undefined) throw new Error('The revocation log gave no answer');
    const { horizon, found } = rows[0];
    return { horizon, revocations: found, next: found.length < PAGE_SIZE ? undefined : found.at(-1) };
  }

  /**
   * Names this log among those of other deployments that share a Redis. The same for every replica, whatever address each has
   * for the database, and nothing secret.
   */
  async channelName(connection: Client): Promise<string> {
    const { rows } = await connection.query<Record<string, unknown>>(
      `SELECT oid AS database, datname, $1::regclass::oid AS "table" FROM pg_database WHERE datname = current_database()`,
      [this.table],
    );
    const hash = createHash('sha256').update(JSON.stringify([rows[0], this.table]));
    return `countersign:revocations:${hash.digest('hex').slice(0, 16)}`;
  }

  async dropExpired(): Promise<void> {
    await this.dataSource.query(`DELETE FROM ${this.table} WHERE expires_at < $1`, [this.clock.now()]);
  }
}
