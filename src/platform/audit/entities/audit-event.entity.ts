import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity({ name: 'audit_events' })
@Index('ix_audit_events_subject', ['subjectId', 'id'])
// By whom, where that is not the subject: what administrators did. Anything else the other index finds.
@Index('ix_audit_events_actor', ['actorId', 'id'], { where: '"actor_id" <> "subject_id"' })
@Index('ix_audit_events_transaction', ['transaction', 'id'])
export class AuditEventEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_audit_events' })
  id!: string;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'text' })
  type!: string;

  @Column({ type: 'text' })
  outcome!: 'success' | 'failure';

  /** Who did it; null where nobody was recognised. */
  @Column({ name: 'actor_id', type: 'uuid', nullable: true })
  actorId!: string | null;

  /** Whose account it concerns. */
  @Column({ name: 'subject_id', type: 'uuid', nullable: true })
  subjectId!: string | null;

  @Column({ name: 'session_id', type: 'uuid', nullable: true })
  sessionId!: string | null;

  @Column({ type: 'text', nullable: true })
  ip!: string | null;

  @Column({ type: 'jsonb' })
  details!: Record<string, unknown>;

  /** Transaction that wrote it, by which the sealer knows what is finished. TypeORM knows no xid8, and reads defaults without casts. */
  @Column({ type: 'bigint', default: () => '((pg_current_xact_id()))', select: false, insert: false })
  transaction!: string;
}
