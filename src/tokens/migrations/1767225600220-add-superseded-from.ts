import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../platform/database/schema-of';

export class AddSupersededFrom1767225600220 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Null in rows from before: superseded_counter stands for it, so that no row has to be written and none is locked.
    await runner.query(`ALTER TABLE ${schemaOf(runner)}."sessions" ADD "superseded_from" integer`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE ${schemaOf(runner)}."sessions" DROP COLUMN "superseded_from"`);
  }
}
