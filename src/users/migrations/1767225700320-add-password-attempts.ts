import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../platform/database/schema-of';

export class AddPasswordAttempts1767225700320 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`
      CREATE TABLE ${schema}."login_failures" (
        "user_id" uuid NOT NULL,
        "failures" integer NOT NULL,
        "locked_until" timestamptz,
        CONSTRAINT "pk_login_failures" PRIMARY KEY ("user_id")
      )
    `);
    await runner.query(
      `ALTER TABLE ${schema}."login_failures" ADD CONSTRAINT "fk_login_failures_user" FOREIGN KEY ("user_id") REFERENCES ${schema}."users"("id") ON DELETE CASCADE`,
    );
    await runner.query(`
      CREATE TABLE ${schema}."known_devices" (
        "id" uuid NOT NULL,
        "user_id" uuid NOT NULL,
        "digest" bytea NOT NULL,
        "failures" integer NOT NULL DEFAULT 0,
        "locked_until" timestamptz,
        "created_at" timestamptz NOT NULL,
        "last_used_at" timestamptz,
        CONSTRAINT "pk_known_devices" PRIMARY KEY ("id")
      )
    `);
    await runner.query(
      `ALTER TABLE ${schema}."known_devices" ADD CONSTRAINT "fk_known_devices_user" FOREIGN KEY ("user_id") REFERENCES ${schema}."users"("id") ON DELETE CASCADE`,
    );
    await runner.query(`CREATE INDEX "ix_known_devices_user" ON ${schema}."known_devices" ("user_id")`);
    await runner.query(`CREATE UNIQUE INDEX "uq_known_devices_digest" ON ${schema}."known_devices" ("digest")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`DROP TABLE ${schema}."known_devices"`);
    await runner.query(`DROP TABLE ${schema}."login_failures"`);
  }
}
