import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../database/schema-of';

/** Beside messages, the outbox carries domain events. */
export class AddDomainEvents1767225700360 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE ${schemaOf(runner)}."outbox"
        ALTER COLUMN "recipient" DROP NOT NULL,
        ALTER COLUMN "sealed_content" DROP NOT NULL,
        ADD COLUMN "event" text,
        ADD COLUMN "payload" jsonb,
        ADD COLUMN "handled_by" text[] NOT NULL DEFAULT '{}',
        ADD CONSTRAINT "ck_outbox_message_or_event" CHECK (
          CASE WHEN channel = 'event' THEN event IS NOT NULL AND payload IS NOT NULL
               ELSE recipient IS NOT NULL AND sealed_content IS NOT NULL END)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    const outbox = `${schemaOf(runner)}."outbox"`;
    await runner.query(`DELETE FROM ${outbox} WHERE channel = 'event'`);
    await runner.query(`
      ALTER TABLE ${outbox}
        DROP CONSTRAINT "ck_outbox_message_or_event",
        DROP COLUMN "handled_by",
        DROP COLUMN "payload",
        DROP COLUMN "event",
        ALTER COLUMN "sealed_content" SET NOT NULL,
        ALTER COLUMN "recipient" SET NOT NULL
    `);
  }
}
