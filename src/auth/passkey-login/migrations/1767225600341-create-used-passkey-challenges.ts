import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../../platform/database/schema-of';

export class CreateUsedPasskeyChallenges1767225600341 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`
      CREATE TABLE ${schema}."used_passkey_challenges" (
        "challenge" bytea NOT NULL,
        "expires_at" timestamptz NOT NULL,
        CONSTRAINT "pk_used_passkey_challenges" PRIMARY KEY ("challenge")
      )
    `);
    await runner.query(
      `CREATE INDEX "ix_used_passkey_challenges_expires_at" ON ${schema}."used_passkey_challenges" ("expires_at")`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${schemaOf(runner)}."used_passkey_challenges"`);
  }
}
