import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../platform/database/schema-of';

export class CreateUsers1767225600010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`
      CREATE TABLE ${schema}."users" (
        "id" uuid NOT NULL,
        "username" text NOT NULL,
        "username_folded" text NOT NULL,
        "display_name" text,
        "locale" text,
        "email" text,
        "email_folded" text,
        "email_verified_at" timestamptz,
        "phone" text,
        "phone_verified_at" timestamptz,
        "roles" text[] NOT NULL,
        "status" text NOT NULL,
        "token_version" integer NOT NULL,
        "mfa_enrolled_at" timestamptz,
        "first_sign_in_at" timestamptz,
        "created_at" timestamptz NOT NULL,
        CONSTRAINT "pk_users" PRIMARY KEY ("id")
      )
    `);
    await runner.query(
      `CREATE UNIQUE INDEX "uq_users_verified_phone" ON ${schema}."users" ("phone") WHERE "phone_verified_at" IS NOT NULL`,
    );
    await runner.query(
      `CREATE UNIQUE INDEX "uq_users_verified_email" ON ${schema}."users" ("email_folded") WHERE "email_verified_at" IS NOT NULL`,
    );
    await runner.query(`CREATE UNIQUE INDEX "uq_users_username_folded" ON ${schema}."users" ("username_folded")`);
    await runner.query(`
      CREATE TABLE ${schema}."passwords" (
        "user_id" uuid NOT NULL,
        "hash" text NOT NULL,
        "changed_at" timestamptz NOT NULL,
        CONSTRAINT "pk_passwords" PRIMARY KEY ("user_id")
      )
    `);
    await runner.query(`
      CREATE TABLE ${schema}."roles" (
        "name" text NOT NULL,
        "permissions" text[] NOT NULL,
        "changed_by_administrator" boolean NOT NULL DEFAULT false,
        CONSTRAINT "pk_roles" PRIMARY KEY ("name")
      )
    `);
    await runner.query(`
      CREATE TABLE ${schema}."one_time_tokens" (
        "id" uuid NOT NULL,
        "user_id" uuid NOT NULL,
        "purpose" text NOT NULL,
        "target" text,
        "digest" bytea NOT NULL,
        "created_at" timestamptz NOT NULL,
        "expires_at" timestamptz NOT NULL,
        "used_at" timestamptz,
        CONSTRAINT "pk_one_time_tokens" PRIMARY KEY ("id")
      )
    `);
    await runner.query(`CREATE INDEX "ix_one_time_tokens_user_id" ON ${schema}."one_time_tokens" ("user_id")`);
    await runner.query(`CREATE UNIQUE INDEX "uq_one_time_tokens_digest" ON ${schema}."one_time_tokens" ("digest")`);
    await runner.query(
      `ALTER TABLE ${schema}."one_time_tokens" ADD CONSTRAINT "fk_one_time_tokens_user" FOREIGN KEY ("user_id") REFERENCES ${schema}."users"("id") ON DELETE CASCADE`,
    );
    await runner.query(
      `ALTER TABLE ${schema}."passwords" ADD CONSTRAINT "fk_passwords_user" FOREIGN KEY ("user_id") REFERENCES ${schema}."users"("id") ON DELETE CASCADE`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`DROP TABLE ${schema}."one_time_tokens"`);
    await runner.query(`DROP TABLE ${schema}."roles"`);
    await runner.query(`DROP TABLE ${schema}."passwords"`);
    await runner.query(`DROP TABLE ${schema}."users"`);
  }
}
