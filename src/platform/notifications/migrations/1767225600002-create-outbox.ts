import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../database/schema-of';

export class CreateOutbox1767225600002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`
      CREATE TABLE ${schema}."outbox" (
        "id" uuid NOT NULL,
        "channel" text NOT NULL,
        "recipient" text NOT NULL,
        "sealed_content" text NOT NULL,
        "created_at" timestamptz NOT NULL,
        CONSTRAINT "pk_outbox" PRIMARY KEY ("id")
      )
    `);
    await runner.query(`CREATE INDEX "ix_outbox_created_at" ON ${schema}."outbox" ("created_at")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`DROP TABLE ${schema}."outbox"`);
  }
}
