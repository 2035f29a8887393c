import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity({ name: 'payouts' })
@Index('uq_payouts_idempotency_key', ['tenant', 'requestedBy', 'idempotencyKey'], { unique: true })
export class PayoutEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_payouts' })
  id!: string;

  @Column({ type: 'text', default: 'default' })
  tenant!: string;

  @Column({ name: 'requested_by', type: 'uuid' })
  requestedBy!: string;

  /** Decimal text, as PostgreSQL gives it: no money in floating point. */
  @Column({ type: 'numeric', precision: 12, scale: 2 })
  amount!: string;

  /** ISO 4217. */
  @Column({ type: 'text' })
  currency!: string;

  @Column({ type: 'text' })
  beneficiary!: string;

  @Column({ name: 'idempotency_key', type: 'text', nullable: true })
  idempotencyKey!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'approved_by', type: 'uuid', nullable: true })
  approvedBy!: string | null;

  @Column({ name: 'approved_at', type: 'timestamptz', nullable: true })
  approvedAt!: Date | null;
}
