import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../platform/database/schema-of';

export class AddSupersededFrom1767225600220 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`ALTER TABLE ${schema}."sessions" ADD "superseded_from" integer`);
    await runner.query(`UPDATE ${schema}."sessions" SET "superseded_from" = "superseded_counter"`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE ${schemaOf(runner)}."sessions" DROP COLUMN "superseded_from"`);
  }
}
