import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../platform/database/schema-of';

export class CreateMfa1767225600030 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`
      CREATE TABLE ${schema}."mfa_factors" (
        "id" uuid NOT NULL,
        "user_id" uuid NOT NULL,
        "session_id" uuid,
        "type" text NOT NULL,
        "name" text NOT NULL,
        "status" text NOT NULL,
        "preferred" boolean NOT NULL,
        "sealed_secret" text,
        "last_used_step" integer,
        "failures" integer NOT NULL,
        "locked_until" timestamptz,
        "enrollment_token_id" uuid,
        "created_at" timestamptz NOT NULL,
        "activated_at" timestamptz,
        "last_used_at" timestamptz,
        CONSTRAINT "pk_mfa_factors" PRIMARY KEY ("id")
      )
    `);
    await runner.query(`CREATE INDEX "ix_mfa_factors_user_id" ON ${schema}."mfa_factors" ("user_id")`);
    await runner.query(`
      CREATE TABLE ${schema}."mfa_challenges" (
        "id" uuid NOT NULL,
        "session_id" uuid NOT NULL,
        "factor_id" uuid NOT NULL,
        "attempts" integer NOT NULL,
        "created_at" timestamptz NOT NULL,
        "expires_at" timestamptz NOT NULL,
        "consumed_at" timestamptz,
        CONSTRAINT "pk_mfa_challenges" PRIMARY KEY ("id")
      )
    `);
    await runner.query(`CREATE INDEX "ix_mfa_challenges_expires_at" ON ${schema}."mfa_challenges" ("expires_at")`);
    await runner.query(`
      CREATE TABLE ${schema}."recovery_codes" (
        "id" uuid NOT NULL,
        "user_id" uuid NOT NULL,
        "mac" bytea NOT NULL,
        "created_at" timestamptz NOT NULL,
        "used_at" timestamptz,
        CONSTRAINT "pk_recovery_codes" PRIMARY KEY ("id")
      )
    `);
    await runner.query(`CREATE UNIQUE INDEX "uq_recovery_codes_mac" ON ${schema}."recovery_codes" ("user_id", "mac")`);
    await runner.query(
      `ALTER TABLE ${schema}."mfa_challenges" ADD CONSTRAINT "fk_mfa_challenges_session" FOREIGN KEY ("session_id") REFERENCES ${schema}."sessions"("id") ON DELETE CASCADE`,
    );
    await runner.query(
      `ALTER TABLE ${schema}."mfa_challenges" ADD CONSTRAINT "fk_mfa_challenges_factor" FOREIGN KEY ("factor_id") REFERENCES ${schema}."mfa_factors"("id") ON DELETE CASCADE`,
    );
    await runner.query(
      `ALTER TABLE ${schema}."mfa_factors" ADD CONSTRAINT "fk_mfa_factors_user" FOREIGN KEY ("user_id") REFERENCES ${schema}."users"("id") ON DELETE CASCADE`,
    );
    await runner.query(
      `ALTER TABLE ${schema}."recovery_codes" ADD CONSTRAINT "fk_recovery_codes_user" FOREIGN KEY ("user_id") REFERENCES ${schema}."users"("id") ON DELETE CASCADE`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`DROP TABLE ${schema}."recovery_codes"`);
    await runner.query(`DROP TABLE ${schema}."mfa_challenges"`);
    await runner.query(`DROP TABLE ${schema}."mfa_factors"`);
  }
}
