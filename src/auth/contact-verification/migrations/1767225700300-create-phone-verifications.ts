import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../../platform/database/schema-of';

export class CreatePhoneVerifications1767225700300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`
      CREATE TABLE ${schema}."phone_verifications" (
        "user_id" uuid NOT NULL,
        "id" uuid NOT NULL,
        "phone" text NOT NULL,
        "state" bytea NOT NULL,
        "attempts" integer NOT NULL,
        "expires_at" timestamptz NOT NULL,
        CONSTRAINT "pk_phone_verifications" PRIMARY KEY ("user_id")
      )
    `);
    await runner.query(
      `CREATE INDEX "ix_phone_verifications_expires_at" ON ${schema}."phone_verifications" ("expires_at")`,
    );
    await runner.query(
      `ALTER TABLE ${schema}."phone_verifications" ADD CONSTRAINT "fk_phone_verifications_user" FOREIGN KEY ("user_id") REFERENCES ${schema}."users"("id") ON DELETE CASCADE`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${schemaOf(runner)}."phone_verifications"`);
  }
}
