import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../../access';

export class CreatePayouts1767225700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`
      CREATE TABLE ${schema}."payouts" (
        "id" uuid NOT NULL,
        "requested_by" uuid NOT NULL,
        "amount" numeric(12,2) NOT NULL,
        "currency" text NOT NULL,
        "beneficiary" text NOT NULL,
        "idempotency_key" text,
        "created_at" timestamptz NOT NULL,
        "approved_by" uuid,
        "approved_at" timestamptz,
        CONSTRAINT "pk_payouts" PRIMARY KEY ("id")
      )
    `);
    await runner.query(
      `CREATE UNIQUE INDEX "uq_payouts_idempotency_key" ON ${schema}."payouts" ("requested_by", "idempotency_key")`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${schemaOf(runner)}."payouts"`);
  }
}
