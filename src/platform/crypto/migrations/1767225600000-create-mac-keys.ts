import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../database/schema-of';

export class CreateMacKeys1767225600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`
      CREATE TABLE ${schema}."mac_keys" (
        "id" integer NOT NULL,
        "sealed_key" text NOT NULL,
        "created_at" timestamptz NOT NULL,
        CONSTRAINT "pk_mac_keys" PRIMARY KEY ("id")
      )
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`DROP TABLE ${schema}."mac_keys"`);
  }
}
