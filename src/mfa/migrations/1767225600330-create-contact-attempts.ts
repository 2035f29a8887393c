import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../platform/database/schema-of';

/** What was sent to a destination and guessed for it, beside the factors, so that enrolling anew resets nothing. */
export class CreateContactAttempts1767225600330 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`
      CREATE TABLE ${schema}."contact_attempts" (
        "kind" text NOT NULL,
        "subject" bytea NOT NULL,
        "span_seconds" integer NOT NULL,
        "attempts" integer NOT NULL,
        "ends_at" timestamptz NOT NULL,
        CONSTRAINT "pk_contact_attempts" PRIMARY KEY ("kind", "subject", "span_seconds")
      )
    `);
    await runner.query(`CREATE INDEX "ix_contact_attempts_ends_at" ON ${schema}."contact_attempts" ("ends_at")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${schemaOf(runner)}."contact_attempts"`);
  }
}
