import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../platform/database/schema-of';

export class CreateTokens1767225600020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`
      CREATE TABLE ${schema}."signing_keys" (
        "kid" text NOT NULL,
        "alg" text NOT NULL,
        "public_jwk" jsonb NOT NULL,
        "sealed_key" text NOT NULL,
        "state" text NOT NULL,
        "created_at" timestamptz NOT NULL,
        CONSTRAINT "pk_signing_keys" PRIMARY KEY ("kid")
      )
    `);
    await runner.query(
      `CREATE UNIQUE INDEX "uq_signing_keys_next" ON ${schema}."signing_keys" ("alg") WHERE "state" = 'next'`,
    );
    await runner.query(
      `CREATE UNIQUE INDEX "uq_signing_keys_active" ON ${schema}."signing_keys" ("alg") WHERE "state" = 'active'`,
    );
    await runner.query(`
      CREATE TABLE ${schema}."sessions" (
        "id" uuid NOT NULL,
        "user_id" uuid NOT NULL,
        "counter" integer NOT NULL,
        "superseded_counter" integer,
        "rotated_at" timestamptz,
        "mfa_round" integer NOT NULL,
        "methods" jsonb NOT NULL,
        "second_factor_lapsed_at" timestamptz,
        "step_up_reason" text,
        "auth_time" timestamptz NOT NULL,
        "created_at" timestamptz NOT NULL,
        "activated_at" timestamptz,
        "last_used_at" timestamptz NOT NULL,
        "idle_ends_at" timestamptz NOT NULL,
        "ends_at" timestamptz NOT NULL,
        "ip" text NOT NULL,
        "user_agent" text NOT NULL,
        "revoked_at" timestamptz,
        "revoked_reason" text,
        CONSTRAINT "pk_sessions" PRIMARY KEY ("id")
      )
    `);
    await runner.query(
      `CREATE INDEX "ix_sessions_pending" ON ${schema}."sessions" ("created_at") WHERE "activated_at" IS NULL`,
    );
    await runner.query(`CREATE INDEX "ix_sessions_user_id" ON ${schema}."sessions" ("user_id")`);
    await runner.query(
      `ALTER TABLE ${schema}."sessions" ADD CONSTRAINT "fk_sessions_user" FOREIGN KEY ("user_id") REFERENCES ${schema}."users"("id") ON DELETE CASCADE`,
    );
    // No entity: TypeORM knows no xid8. Each row carries the id of its transaction; src/tokens/revocation says why.
    await runner.query(`
      CREATE TABLE ${schema}."revocations" (
        "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
        "kind" text NOT NULL CHECK ("kind" IN ('session', 'user', 'key')),
        "subject" text NOT NULL,
        "min_version" integer,
        "expires_at" timestamptz NOT NULL
      )
    `);
    await runner.query(`CREATE INDEX "ix_revocations_xid" ON ${schema}."revocations" ("xid")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`DROP TABLE ${schema}."revocations"`);
    await runner.query(`DROP TABLE ${schema}."sessions"`);
    await runner.query(`DROP TABLE ${schema}."signing_keys"`);
  }
}
