import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../platform/database/schema-of';

export class AddSessionTransport1767225600210 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // The default stays: a process of the version before goes on inserting while this one is rolled out.
    await runner.query(
      `ALTER TABLE ${schemaOf(runner)}."sessions" ADD COLUMN "transport" text NOT NULL DEFAULT 'body'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE ${schemaOf(runner)}."sessions" DROP COLUMN "transport"`);
  }
}
