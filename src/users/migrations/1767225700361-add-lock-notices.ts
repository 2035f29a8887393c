import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../platform/database/schema-of';

export class AddLockNotices1767225700361 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`ALTER TABLE ${schema}."login_failures" ADD COLUMN "lock_told_at" timestamptz`);
    await runner.query(
      `CREATE INDEX "ix_login_failures_locked_until" ON ${schema}."login_failures" ("locked_until") WHERE "locked_until" IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`DROP INDEX ${schema}."ix_login_failures_locked_until"`);
    await runner.query(`ALTER TABLE ${schema}."login_failures" DROP COLUMN "lock_told_at"`);
  }
}
