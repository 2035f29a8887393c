import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../database/schema-of';

export class CreateAuditEvents1767225600001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`
      CREATE TABLE ${schema}."audit_events" (
        "id" uuid NOT NULL,
        "at" timestamptz NOT NULL,
        "type" text NOT NULL,
        "outcome" text NOT NULL,
        "actor_id" uuid,
        "subject_id" uuid,
        "session_id" uuid,
        "ip" text,
        "details" jsonb NOT NULL,
        CONSTRAINT "pk_audit_events" PRIMARY KEY ("id")
      )
    `);
    await runner.query(`CREATE INDEX "ix_audit_events_subject" ON ${schema}."audit_events" ("subject_id", "id")`);
    // Append-only, whatever a statement of ours says: nothing changes an event, and only retention deletes.
    await runner.query(`
      CREATE FUNCTION ${schema}."refuse_update"() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
    `);
    await runner.query(`
      CREATE TRIGGER "audit_events_append_only" BEFORE UPDATE ON ${schema}."audit_events"
      FOR EACH ROW EXECUTE FUNCTION ${schema}."refuse_update"()
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`DROP TABLE ${schema}."audit_events"`);
    await runner.query(`DROP FUNCTION ${schema}."refuse_update"()`);
  }
}
