import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Sealed } from '../../crypto/secret-box';
import { SealedAtRest } from '../../crypto/sealed-columns';
import type { Channel } from '../message';

/** A message to a person, or a domain event. */
@Entity({ name: 'outbox' })
@Index('ix_outbox_created_at', ['createdAt'])
@Index('ix_outbox_next_try_at', ['nextTryAt'], { where: '"next_try_at" IS NOT NULL' })
@Check(
  'ck_outbox_message_or_event',
  `CASE WHEN channel = 'event' THEN event IS NOT NULL AND payload IS NOT NULL
        ELSE recipient IS NOT NULL AND sealed_content IS NOT NULL END`,
)
export class OutboxMessageEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_outbox' })
  id!: string;

  @Column({ type: 'text' })
  channel!: Channel | 'event';

  @Column({ type: 'text', nullable: true })
  recipient!: string | null;

  /** Subject, text and data: a message may carry a token. */
  @SealedAtRest()
  @Column({ name: 'sealed_content', type: 'text', nullable: true })
  sealedContent!: Sealed<'MessageContent'> | null;

  /** Name of the event. */
  @Column({ type: 'text', nullable: true })
  event!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  payload!: object | null;

  /** Handlers that have finished with the event. */
  @Column({ name: 'handled_by', type: 'text', array: true, default: [] })
  handledBy!: string[];

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  /** While it is set, it waits for its next try; while one is under way, it is the moment after which another may begin. */
  @Column({ name: 'next_try_at', type: 'timestamptz', nullable: true })
  nextTryAt!: Date | null;

  /** From then on it is of no use to anybody. */
  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;

  @Column({ name: 'sent_at', type: 'timestamptz', nullable: true })
  sentAt!: Date | null;

  @Column({ name: 'failed_at', type: 'timestamptz', nullable: true })
  failedAt!: Date | null;
}
