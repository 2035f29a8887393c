import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../../access';

export class AddPayoutTenants1767225700210 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`
      CREATE TABLE ${schema}."payout_tenants" (
        "user_id" uuid NOT NULL,
        "tenant" text NOT NULL,
        CONSTRAINT "pk_payout_tenants" PRIMARY KEY ("user_id")
      )
    `);
    await runner.query(`ALTER TABLE ${schema}."payouts" ADD COLUMN "tenant" text NOT NULL DEFAULT 'default'`);
    await runner.query(`DROP INDEX ${schema}."uq_payouts_idempotency_key"`);
    await runner.query(
      `CREATE UNIQUE INDEX "uq_payouts_idempotency_key" ON ${schema}."payouts" ("tenant", "requested_by", "idempotency_key")`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`DROP INDEX ${schema}."uq_payouts_idempotency_key"`);
    await runner.query(
      `CREATE UNIQUE INDEX "uq_payouts_idempotency_key" ON ${schema}."payouts" ("requested_by", "idempotency_key")`,
    );
    await runner.query(`ALTER TABLE ${schema}."payouts" DROP COLUMN "tenant"`);
    await runner.query(`DROP TABLE ${schema}."payout_tenants"`);
  }
}
