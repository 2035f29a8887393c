import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Sealed } from './secret-box';
import { type SealedColumn, sealedColumnsOf } from './sealed-columns';

/** How many rows of a column are sealed with a key. */
export interface SealedCount {
  readonly column: SealedColumn;
  /** Null: what lies there was never sealed, or has been cut off. */
  readonly keyId: string | null;
  readonly rows: number;
}

export interface SealedRow {
  readonly id: string;
  readonly sealed: Sealed<string>;
}

/** What a sealed text looks like: the key id, and nonce and tag at least. */
const SEALED_FORM = '^[A-Za-z0-9_-]{1,32}[.][A-Za-z0-9_-]{38,}$';

/** The statements that know no more of a row than that it holds a sealed secret. */
@Injectable()
export class SealedRowsStore {
  constructor(private readonly dataSource: DataSource) {}

  get columns(): SealedColumn[] {
    return sealedColumnsOf(this.dataSource);
  }

  async count(): Promise<SealedCount[]> {
    const counts: SealedCount[] = [];
    for (const column of this.columns) {
      const name = `"${column.column}"`;
      const rows = await this.dataSource.query<{ keyId: string | null; rows: number }[]>(
        `SELECT CASE WHEN ${name} ~ '${SEALED_FORM}' THEN split_part(${name}, '.', 1) END AS "keyId", count(*)::integer AS rows
           FROM ${this.tableOf(column)} WHERE ${name} IS NOT NULL GROUP BY 1 ORDER BY 1`,
      );
      counts.push(...rows.map((row) => ({ column, ...row })));
    }
    return counts;
  }

  /** Rows that another key than this one sealed, in the order of their ids. */
  async notSealedWith(keyId: string, column: SealedColumn, afterId: string | undefined, limit: number) {
    const { primaryKey, primaryKeyType } = column;
    const behind = afterId === undefined ? '' : `AND "${primaryKey}" > $3::${primaryKeyType}`;
    return this.dataSource.query<SealedRow[]>(
      `SELECT "${primaryKey}"::text AS id, "${column.column}" AS sealed FROM ${this.tableOf(column)}
        WHERE "${column.column}" IS NOT NULL AND left("${column.column}", length($1)) <> $1 ${behind}
        ORDER BY "${primaryKey}" LIMIT $2`,
      [`${keyId}.`, limit, ...(afterId === undefined ? [] : [afterId])],
    );
  }

  /** @returns false when the row holds another secret by now, or is gone */
  async replace(column: SealedColumn, { id, sealed }: SealedRow, by: Sealed<string>): Promise<boolean> {
    const { primaryKey, primaryKeyType } = column;
    const [, affected] = await this.dataSource.query<[rows: unknown[], affected: number]>(
      `UPDATE ${this.tableOf(column)} SET "${column.column}" = $1
        WHERE "${primaryKey}" = $2::${primaryKeyType} AND "${column.column}" = $3`,
      [by, id, sealed],
    );
    return affected === 1;
  }

  private tableOf({ table }: SealedColumn): string {
    const { options } = this.dataSource;
    const schema = options.type === 'postgres' ? options.schema : undefined;
    return schema === undefined ? `"${table}"` : `"${schema}"."${table}"`;
  }
}
