import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../platform/database/schema-of';

export class AddPasswordRecovery1767225600350 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`ALTER TABLE ${schema}."users" ADD "recovered_mailbox" text`);
    await runner.query(`ALTER TABLE ${schema}."passwords" ADD "version" integer NOT NULL DEFAULT 1`);
    await runner.query(`
      CREATE TABLE ${schema}."password_reset_mails" (
        "user_id" uuid NOT NULL,
        "counted_since" timestamptz NOT NULL,
        "mails" integer NOT NULL,
        CONSTRAINT "pk_password_reset_mails" PRIMARY KEY ("user_id")
      )
    `);
    await runner.query(
      `ALTER TABLE ${schema}."password_reset_mails" ADD CONSTRAINT "fk_password_reset_mails_user" FOREIGN KEY ("user_id") REFERENCES ${schema}."users"("id") ON DELETE CASCADE`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`DROP TABLE ${schema}."password_reset_mails"`);
    await runner.query(`ALTER TABLE ${schema}."passwords" DROP COLUMN "version"`);
    await runner.query(`ALTER TABLE ${schema}."users" DROP COLUMN "recovered_mailbox"`);
  }
}
