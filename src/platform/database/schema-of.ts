import type { QueryRunner } from 'typeorm';

/**
 * The schema our tables live in, double-quoted, for the SQL of a migration. Migrations name every table through it,
 * because a deployment chooses its schema (`DATABASE_SCHEMA`).
 *
 * @example
 * await queryRunner.query(`CREATE TABLE ${schemaOf(queryRunner)}."roles" ("name" text PRIMARY KEY)`);
 */
export function schemaOf(runner: QueryRunner): string {
  const { options } = runner.dataSource;
  const schema = options.type === 'postgres' ? options.schema : undefined;
  if (schema === undefined) throw new Error('The DataSource names no schema.');
  return `"${schema.replaceAll('"', '""')}"`;
}
