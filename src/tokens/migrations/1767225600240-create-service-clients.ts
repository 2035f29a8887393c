import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../platform/database/schema-of';

export class CreateServiceClients1767225600240 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ${schemaOf(runner)}."service_clients" (
        "id" uuid NOT NULL,
        "name" text NOT NULL,
        "secret_digest" bytea NOT NULL,
        "audiences" text[] NOT NULL,
        "created_at" timestamptz NOT NULL,
        "last_used_at" timestamptz,
        "revoked_at" timestamptz,
        CONSTRAINT "pk_service_clients" PRIMARY KEY ("id")
      )
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${schemaOf(runner)}."service_clients"`);
  }
}
