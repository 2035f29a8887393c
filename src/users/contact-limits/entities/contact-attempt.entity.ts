import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

const PK = 'pk_contact_attempts';

/** How often something was sent or guessed within one span of time. */
@Entity({ name: 'contact_attempts' })
@Index('ix_contact_attempts_ends_at', ['endsAt'])
export class ContactAttemptEntity {
  /** What is counted. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: PK })
  kind!: string;

  /** HMAC of whom it is counted for: an account, a destination, both, or everybody. */
  @PrimaryColumn({ type: 'bytea', primaryKeyConstraintName: PK })
  subject!: Buffer;

  /** Length of the span, which begins with the first attempt. */
  @PrimaryColumn({ name: 'span_seconds', type: 'integer', primaryKeyConstraintName: PK })
  spanSeconds!: number;

  @Column({ type: 'integer' })
  attempts!: number;

  @Column({ name: 'ends_at', type: 'timestamptz' })
  endsAt!: Date;
}
