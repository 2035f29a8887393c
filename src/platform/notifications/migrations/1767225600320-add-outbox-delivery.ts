import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../database/schema-of';

/** Messages that are sent, tried again, and given up. Those from before were for the development outbox alone. */
export class AddOutboxDelivery1767225600320 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const outbox = `${schemaOf(runner)}."outbox"`;
    await runner.query(`
      ALTER TABLE ${outbox}
        ADD COLUMN "attempts" integer NOT NULL DEFAULT 0,
        ADD COLUMN "next_try_at" timestamptz,
        ADD COLUMN "expires_at" timestamptz,
        ADD COLUMN "sent_at" timestamptz,
        ADD COLUMN "failed_at" timestamptz
    `);
    await runner.query(`UPDATE ${outbox} SET "sent_at" = "created_at"`);
    await runner.query(
      `CREATE INDEX "ix_outbox_next_try_at" ON ${outbox} ("next_try_at") WHERE "next_try_at" IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`DROP INDEX ${schema}."ix_outbox_next_try_at"`);
    await runner.query(`
      ALTER TABLE ${schema}."outbox"
        DROP COLUMN "attempts",
        DROP COLUMN "next_try_at",
        DROP COLUMN "expires_at",
        DROP COLUMN "sent_at",
        DROP COLUMN "failed_at"
    `);
  }
}
