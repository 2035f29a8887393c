import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../../../platform/database/schema-of';

export class CreateWebauthn1767225600340 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`
      CREATE TABLE ${schema}."webauthn_credentials" (
        "factor_id" uuid NOT NULL,
        "credential_id" bytea NOT NULL,
        "public_key" bytea NOT NULL,
        "sign_count" bigint NOT NULL,
        "uv_initialized" boolean NOT NULL,
        "backup_eligible" boolean NOT NULL,
        "backed_up" boolean NOT NULL,
        "transports" text array NOT NULL,
        "aaguid" uuid NOT NULL,
        CONSTRAINT "pk_webauthn_credentials" PRIMARY KEY ("factor_id")
      )
    `);
    await runner.query(
      `CREATE UNIQUE INDEX "uq_webauthn_credentials_credential_id" ON ${schema}."webauthn_credentials" ("credential_id")`,
    );
    await runner.query(`
      CREATE TABLE ${schema}."webauthn_users" (
        "user_id" uuid NOT NULL,
        "handle" bytea NOT NULL,
        CONSTRAINT "pk_webauthn_users" PRIMARY KEY ("user_id")
      )
    `);
    await runner.query(`CREATE UNIQUE INDEX "uq_webauthn_users_handle" ON ${schema}."webauthn_users" ("handle")`);
    await runner.query(
      `ALTER TABLE ${schema}."webauthn_credentials" ADD CONSTRAINT "fk_webauthn_credentials_factor" FOREIGN KEY ("factor_id") REFERENCES ${schema}."mfa_factors"("id") ON DELETE CASCADE`,
    );
    await runner.query(
      `ALTER TABLE ${schema}."webauthn_users" ADD CONSTRAINT "fk_webauthn_users_user" FOREIGN KEY ("user_id") REFERENCES ${schema}."users"("id") ON DELETE CASCADE`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`DROP TABLE ${schema}."webauthn_users"`);
    await runner.query(`DROP TABLE ${schema}."webauthn_credentials"`);
  }
}
