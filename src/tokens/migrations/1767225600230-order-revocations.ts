import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../platform/database/schema-of';

/** An index in the order in which the log is read, so that each page begins where the last one ended. */
export class OrderRevocations1767225600230 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(
      `CREATE INDEX "ix_revocations_order" ON ${schema}."revocations" ("xid", "kind", "subject", (coalesce("min_version", 0)))`,
    );
    await runner.query(`DROP INDEX ${schema}."ix_revocations_xid"`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`CREATE INDEX "ix_revocations_xid" ON ${schema}."revocations" ("xid")`);
    await runner.query(`DROP INDEX ${schema}."ix_revocations_order"`);
  }
}
