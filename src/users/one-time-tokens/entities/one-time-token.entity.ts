import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { OneTimeTokenPurpose } from '../one-time-token';

@Entity({ name: 'one_time_tokens' })
@Index('uq_one_time_tokens_digest', ['digest'], { unique: true })
@Index('ix_one_time_tokens_user_id', ['userId'])
export class OneTimeTokenEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_one_time_tokens' })
  id!: string;

  @Column({ name: 'user_id', type: 'uuid' })
  @ForeignKey('UserEntity', { name: 'fk_one_time_tokens_user', onDelete: 'CASCADE' })
  userId!: string;

  @Column({ type: 'text' })
  purpose!: OneTimeTokenPurpose;

  /** The address the token was sent to; null where it was handed over otherwise. */
  @Column({ type: 'text', nullable: true })
  target!: string | null;

  /** SHA-256 of the token. */
  @Column({ type: 'bytea' })
  digest!: Buffer;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;

  @Column({ name: 'used_at', type: 'timestamptz', nullable: true })
  usedAt!: Date | null;
}
