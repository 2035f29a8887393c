import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../platform/database/schema-of';

export class AddAdministration1767225600370 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`ALTER TABLE ${schema}."roles" ADD "deleted_at" timestamptz`);
    await runner.query(`
      CREATE TABLE ${schema}."last_sign_ins" (
        "user_id" uuid NOT NULL,
        "at" timestamptz NOT NULL,
        CONSTRAINT "pk_last_sign_ins" PRIMARY KEY ("user_id")
      )
    `);
    await runner.query(
      `ALTER TABLE ${schema}."last_sign_ins" ADD CONSTRAINT "fk_last_sign_ins_user" FOREIGN KEY ("user_id") REFERENCES ${schema}."users"("id") ON DELETE CASCADE`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`DROP TABLE ${schema}."last_sign_ins"`);
    await runner.query(`ALTER TABLE ${schema}."roles" DROP COLUMN "deleted_at"`);
  }
}
