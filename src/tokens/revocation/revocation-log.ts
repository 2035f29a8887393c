import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { DatabaseSettings } from '../../platform/config/settings/database.settings';
import type { Revocation } from './revocation-set';

/** The longest an access token may live, by setting, and an hour. */
const KEPT_FOR_SECONDS = 3600 + 3600;

/** Rows of one read: few enough to parse without holding anything up. */
const PAGE_SIZE = 2000;

interface Row extends Revocation {
  readonly xid: string;
}

interface Page {
  readonly horizon: string;
  readonly rows: readonly Row[];
}

/** Where a page begins: after this row, in the order of the log. */
type Position = Pick<Row, 'xid' | 'kind' | 'subject' | 'minVersion'> | { readonly xid: string };

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

  /** Refuses every token that the signing key made. The key itself has to go as well: this row does not last. */
  async revokeKey(tx: EntityManager, kid: string): Promise<void> {
    await tx.query(`INSERT INTO ${this.table} (kind, subject, expires_at) VALUES ('key', $1, $2)`, [
      kid,
      this.clock.in(KEPT_FOR_SECONDS),
    ]);
  }

  /**
   * Hands over all that is live and at or above `horizon`, page by page.
   *
   * @returns the next horizon: everything that committed with a transaction id below it has been handed over. It is that of the
   * first page's snapshot. Later pages see no less than that snapshot did, since rows are only added, so all of them together
   * are at least what one snapshot would have shown.
   */
  async readFrom(
    connection: Client,
    horizon: string,
    take: (revocations: readonly Revocation[]) => void,
  ): Promise<string> {
    const now = this.clock.now();
    let page = await this.readPage(connection, { xid: horizon }, now);
    const next = page.horizon;
    for (;;) {
      take(page.rows);
      const last = page.rows.at(-1);
      if (last === undefined || page.rows.length < PAGE_SIZE) return next;
      page = await this.readPage(connection, last, now);
    }
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

  private async readPage(connection: Client, after: Position, now: Date): Promise<Page> {
    const { kind, subject, minVersion } = { kind: '', subject: '', minVersion: null, ...after };
    const { rows } = await connection.query<Page>(
      `WITH page AS (
         SELECT xid, kind, subject, min_version, expires_at FROM ${this.table}
          WHERE (xid, kind, subject, coalesce(min_version, 0)) > ($1::xid8, $2, $3, $4::integer) AND expires_at > $5
          ORDER BY xid, kind, subject, coalesce(min_version, 0)
          LIMIT ${PAGE_SIZE})
       SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon,
              (SELECT coalesce(json_agg(json_build_object(
                        'xid', xid::text, 'kind', kind, 'subject', subject, 'minVersion', min_version,
                        'expiresAt', floor(extract(epoch FROM expires_at)))
                        ORDER BY page.xid, kind, subject, coalesce(min_version, 0)), '[]')
                 FROM page) AS rows`,
      [after.xid, kind, subject, minVersion ?? 0, now],
    );
    if (rows[0] === undefined) throw new Error('The revocation log gave no answer');
    return rows[0];
  }
}
