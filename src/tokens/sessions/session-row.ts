import type { EntityManager } from 'typeorm';
import { SessionEntity } from './entities/session.entity';
import { Session } from './session';

/** A row of `sessions` under the names of its columns, as SQL of our own gives it. */
export type SessionRow = Readonly<Record<string, unknown>>;

export function sessionFrom(tx: EntityManager, row: SessionRow): Session {
  const { columns } = tx.dataSource.getMetadata(SessionEntity);
  const state = Object.fromEntries(columns.map((column) => [column.propertyName, row[column.databaseName]]));
  return new Session(state as unknown as SessionEntity);
}

/** The table with its schema, for SQL. */
export function sessionTable(tx: EntityManager): string {
  return tx.dataSource.getMetadata(SessionEntity).tablePath;
}
