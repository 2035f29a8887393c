import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../../database/schema-of';

/** Events know their transaction, and finished ones are sealed. What was there before goes into the first seals. */
export class SealAuditEvents1767225700340 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`
      ALTER TABLE ${schema}."audit_events"
        ADD COLUMN "transaction" bigint NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint
    `);
    await runner.query(`CREATE INDEX "ix_audit_events_transaction" ON ${schema}."audit_events" ("transaction", "id")`);
    // No entity: only the sealer and its check read it, by SQL.
    await runner.query(`
      CREATE TABLE ${schema}."audit_seals" (
        "number" bigint NOT NULL,
        "transaction" bigint NOT NULL,
        "event_id" uuid NOT NULL,
        "sealed_at" timestamptz NOT NULL,
        "event_ids" uuid[] NOT NULL,
        "digests" bytea NOT NULL,
        "key_id" integer NOT NULL,
        "mac" bytea NOT NULL,
        CONSTRAINT "pk_audit_seals" PRIMARY KEY ("number")
      )
    `);
    await runner.query(`
      CREATE TRIGGER "audit_seals_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON ${schema}."audit_seals"
      FOR EACH STATEMENT EXECUTE FUNCTION ${schema}."refuse_update"()
    `);
    await runner.query(`
      CREATE TRIGGER "audit_events_kept" BEFORE DELETE OR TRUNCATE ON ${schema}."audit_events"
      FOR EACH STATEMENT EXECUTE FUNCTION ${schema}."refuse_update"()
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner);
    await runner.query(`DROP TABLE ${schema}."audit_seals"`);
    await runner.query(`DROP TRIGGER "audit_events_kept" ON ${schema}."audit_events"`);
    await runner.query(`DROP INDEX ${schema}."ix_audit_events_transaction"`);
    await runner.query(`ALTER TABLE ${schema}."audit_events" DROP COLUMN "transaction"`);
  }
}
