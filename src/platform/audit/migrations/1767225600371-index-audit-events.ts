import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../database/schema-of';

export class IndexAuditEvents1767225600371 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(
      `CREATE INDEX "ix_audit_events_actor" ON ${schema}."audit_events" ("actor_id", "id") WHERE "actor_id" <> "subject_id"`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX ${schemaOf(runner)}."ix_audit_events_actor"`);
  }
}
