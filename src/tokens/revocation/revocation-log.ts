import { Injectable } from '@nestjs/common';
import type { Client } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { DatabaseSettings } from '../../platform/config/settings/database.settings';
import type { Revocation } from './revocation-set';

/** The longest an access token may live, by setting, and an hour. */
const KEPT_FOR_SECONDS = 3600 + 3600;

export interface RevocationPage {
  /** Everything that committed with a transaction id below this has been seen. */
  readonly horizon: string;
  readonly revocations: readonly Revocation[];
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

  /** Refuses every token that the key signed. */
  async revokeKey(tx: EntityManager, kid: string): Promise<void> {
    await tx.query(`INSERT INTO ${this.table} (kind, subject, expires_at) VALUES ('key', $1, $2)`, [
      kid,
      this.clock.in(KEPT_FOR_SECONDS),
    ]);
  }

  /** All that is live and at or above `horizon`, and the next horizon, in one snapshot. */
  async readFrom(connection: Client, horizon: string): Promise<RevocationPage> {
    const { rows } = await connection.query<RevocationPage>(
      `SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon,
              (SELECT coalesce(json_agg(json_build_object(
                        'kind', kind, 'subject', subject, 'minVersion', min_version,
                        'expiresAt', floor(extract(epoch FROM expires_at)))), '[]')
                 FROM ${this.table} WHERE xid >= $1::xid8 AND expires_at > $2) AS revocations`,
      [horizon, this.clock.now()],
    );
    if (rows[0] === undefined) throw new Error('The revocation log gave no answer');
    return rows[0];
  }

  async dropExpired(): Promise<void> {
    await this.dataSource.query(`DELETE FROM ${this.table} WHERE expires_at < $1`, [this.clock.now()]);
  }
}
