import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../platform/database/schema-of';

/** What a challenge keeps for its factor, and where a factor sends its codes. */
export class AddChallengeState1767225600300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`ALTER TABLE ${schema}."mfa_factors" ADD "destination" text`);
    await runner.query(`ALTER TABLE ${schema}."mfa_challenges" ADD "state" bytea`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`ALTER TABLE ${schema}."mfa_challenges" DROP COLUMN "state"`);
    await runner.query(`ALTER TABLE ${schema}."mfa_factors" DROP COLUMN "destination"`);
  }
}
