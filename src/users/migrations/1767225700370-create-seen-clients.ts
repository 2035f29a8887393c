import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../platform/database/schema-of';

export class CreateSeenClients1767225700370 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`
      CREATE TABLE ${schema}."seen_clients" (
        "user_id" uuid NOT NULL,
        "kind" text NOT NULL,
        "value" text NOT NULL,
        "last_seen_at" timestamptz NOT NULL,
        CONSTRAINT "pk_seen_clients" PRIMARY KEY ("user_id", "kind", "value")
      )
    `);
    await runner.query(`CREATE INDEX "ix_seen_clients_last_seen_at" ON ${schema}."seen_clients" ("last_seen_at")`);
    await runner.query(
      `ALTER TABLE ${schema}."seen_clients" ADD CONSTRAINT "fk_seen_clients_user" FOREIGN KEY ("user_id") REFERENCES ${schema}."users"("id") ON DELETE CASCADE`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${schemaOf(runner)}."seen_clients"`);
  }
}
