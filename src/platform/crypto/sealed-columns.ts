import 'reflect-metadata';
import type { DataSource } from 'typeorm';
import type { SecretPlace } from './secret-box';

/** A column of sealed secrets; the primary key is the row id that each is bound to. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  readonly primaryKey: string;
  /** PostgreSQL's type of the primary key. */
  readonly primaryKeyType: string;
}

const KEY = Symbol('sealed at rest');

/**
 * Marks a column of an entity as holding what `SecretBox` sealed for exactly this table, column and primary key. What is marked
 * is found by `npm run secrets:reseal`, and by the check at the start for keys that are missing.
 *
 * @example
 * @SealedAtRest()
 * @Column({ name: 'sealed_key', type: 'text' })
 * sealedKey!: Sealed<'MacKey'>;
 */
export function SealedAtRest(): PropertyDecorator {
  return (target, property) => {
    Reflect.defineMetadata(KEY, true, target, property);
  };
}

/** Every column that an entity marks, of whatever module. */
export function sealedColumnsOf(dataSource: DataSource): SealedColumn[] {
  return dataSource.entityMetadatas.flatMap(({ target, tableName, columns, primaryColumns }) =>
    columns
      .filter(
        ({ propertyName }) =>
          typeof target === 'function' && Reflect.hasMetadata(KEY, target.prototype as object, propertyName),
      )
      .map(({ databaseName }) => {
        const [primary, ...others] = primaryColumns;
        if (primary === undefined || others.length > 0) {
          throw new Error(`${tableName}.${databaseName} is sealed: the table needs a primary key of one column`);
        }
        return {
          table: tableName,
          column: databaseName,
          primaryKey: primary.databaseName,
          primaryKeyType: dataSource.driver.normalizeType(primary),
        };
      }),
  );
}

export function placeIn({ table, column }: SealedColumn, rowId: string): SecretPlace {
  return { table, column, rowId };
}
