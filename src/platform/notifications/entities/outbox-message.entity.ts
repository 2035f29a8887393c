import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Sealed } from '../../crypto/secret-box';
import { SealedAtRest } from '../../crypto/sealed-columns';

@Entity({ name: 'outbox' })
@Index('ix_outbox_created_at', ['createdAt'])
export class OutboxMessageEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_outbox' })
  id!: string;

  @Column({ type: 'text' })
  channel!: 'email' | 'sms';

  @Column({ type: 'text' })
  recipient!: string;

  /** Subject, text and data: a message may carry a token. */
  @SealedAtRest()
  @Column({ name: 'sealed_content', type: 'text' })
  sealedContent!: Sealed<'MessageContent'>;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
