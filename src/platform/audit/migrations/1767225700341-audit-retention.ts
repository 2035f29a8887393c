import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../database/schema-of';

/** Retention removes events up to a seal, and leaves an authenticated record of it; nothing else is ever deleted. */
export class AuditRetention1767225700341 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    // No entity, as of the seals.
    await runner.query(`
      CREATE TABLE ${schema}."audit_removals" (
        "seal_number" bigint NOT NULL,
        "transaction" bigint NOT NULL,
        "event_id" uuid NOT NULL,
        "removed_at" timestamptz NOT NULL,
        "key_id" integer NOT NULL,
        "mac" bytea NOT NULL,
        CONSTRAINT "pk_audit_removals" PRIMARY KEY ("seal_number")
      )
    `);
    await runner.query(`
      CREATE TRIGGER "audit_removals_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON ${schema}."audit_removals"
      FOR EACH STATEMENT EXECUTE FUNCTION ${schema}."refuse_update"()
    `);
    await runner.query(`
      CREATE FUNCTION ${schema}."refuse_unrecorded_delete"() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (
          SELECT 1 FROM (SELECT * FROM ${schema}."audit_removals" ORDER BY "seal_number" DESC LIMIT 1) newest
           WHERE (OLD."transaction", OLD."id") <= (newest."transaction", newest."event_id")
        ) THEN RETURN OLD; END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
      END $$
    `);
    await runner.query(`DROP TRIGGER "audit_events_kept" ON ${schema}."audit_events"`);
    await runner.query(`
      CREATE TRIGGER "audit_events_kept" BEFORE DELETE ON ${schema}."audit_events"
      FOR EACH ROW EXECUTE FUNCTION ${schema}."refuse_unrecorded_delete"()
    `);
    await runner.query(`
      CREATE TRIGGER "audit_events_not_emptied" BEFORE TRUNCATE ON ${schema}."audit_events"
      FOR EACH STATEMENT EXECUTE FUNCTION ${schema}."refuse_update"()
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`DROP TRIGGER "audit_events_not_emptied" ON ${schema}."audit_events"`);
    await runner.query(`DROP TRIGGER "audit_events_kept" ON ${schema}."audit_events"`);
    await runner.query(`
      CREATE TRIGGER "audit_events_kept" BEFORE DELETE OR TRUNCATE ON ${schema}."audit_events"
      FOR EACH STATEMENT EXECUTE FUNCTION ${schema}."refuse_update"()
    `);
    await runner.query(`DROP FUNCTION ${schema}."refuse_unrecorded_delete"()`);
    await runner.query(`DROP TABLE ${schema}."audit_removals"`);
  }
}
