import type { EntityManager, EntityMetadata } from 'typeorm';
import { momentOf } from '../../platform/database/moment-of';
import { SessionEntity } from './entities/session.entity';
import { Session } from './session';

/** A row of `sessions` under the names of its columns, as SQL of our own gives it. */
export type SessionRow = Readonly<Record<string, unknown>>;

interface SessionColumn {
  readonly property: string;
  readonly column: string;
  readonly isTime: boolean;
}

/** By table: asked for by each refresh. */
const columnsOf = new WeakMap<EntityMetadata, readonly SessionColumn[]>();

/** @param row as the driver reads it, or as PostgreSQL writes it as JSON */
export function sessionFrom(tx: EntityManager, row: SessionRow): Session {
  const state: Record<string, unknown> = {};
  for (const { property, column, isTime } of sessionColumns(tx)) {
    state[property] = isTime ? momentOf(row[column]) : row[column];
  }
  return new Session(state as unknown as SessionEntity);
}

function sessionColumns(tx: EntityManager): readonly SessionColumn[] {
  const metadata = tx.dataSource.getMetadata(SessionEntity);
  const known = columnsOf.get(metadata);
  if (known !== undefined) return known;
  const columns = metadata.columns.map(({ propertyName: property, databaseName: column, type }) => {
    return { property, column, isTime: type === 'timestamptz' };
  });
  columnsOf.set(metadata, columns);
  return columns;
}

/** The table with its schema, for SQL. */
export function sessionTable(tx: EntityManager): string {
  return tx.dataSource.getMetadata(SessionEntity).tablePath;
}
