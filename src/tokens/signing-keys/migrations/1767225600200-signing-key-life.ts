import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../../platform/database/schema-of';

/** Times for each state of a key, secret keys, and one `active` and one `next` over all algorithms. */
export class SigningKeyLife1767225600200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    const table = `${schema}."signing_keys"`;
    await runner.query(`ALTER TABLE ${table} ALTER COLUMN "public_jwk" DROP NOT NULL`);
    await runner.query(`ALTER TABLE ${table} ADD "requested_at" timestamptz`);
    await runner.query(`ALTER TABLE ${table} ADD "activated_at" timestamptz`);
    await runner.query(`ALTER TABLE ${table} ADD "retired_at" timestamptz`);
    await runner.query(`UPDATE ${table} SET "activated_at" = "created_at" WHERE "state" = 'active'`);
    await runner.query(`DROP INDEX ${schema}."uq_signing_keys_active"`);
    await runner.query(`DROP INDEX ${schema}."uq_signing_keys_next"`);
    await runner.query(
      `CREATE UNIQUE INDEX "uq_signing_keys_current" ON ${table} ("state") WHERE "state" <> 'retired'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    const table = `${schema}."signing_keys"`;
    await runner.query(`DROP INDEX ${schema}."uq_signing_keys_current"`);
    await runner.query(`CREATE UNIQUE INDEX "uq_signing_keys_active" ON ${table} ("alg") WHERE "state" = 'active'`);
    await runner.query(`CREATE UNIQUE INDEX "uq_signing_keys_next" ON ${table} ("alg") WHERE "state" = 'next'`);
    await runner.query(`ALTER TABLE ${table} DROP COLUMN "retired_at"`);
    await runner.query(`ALTER TABLE ${table} DROP COLUMN "activated_at"`);
    await runner.query(`ALTER TABLE ${table} DROP COLUMN "requested_at"`);
    // The version before knows public keys only, and makes its own where it has none.
    await runner.query(`DELETE FROM ${table} WHERE "public_jwk" IS NULL`);
    await runner.query(`ALTER TABLE ${table} ALTER COLUMN "public_jwk" SET NOT NULL`);
  }
}
