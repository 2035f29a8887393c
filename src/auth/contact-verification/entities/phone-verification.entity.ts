import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** The number that an account wants to prove: one at a time. */
@Entity({ name: 'phone_verifications' })
@Index('ix_phone_verifications_expires_at', ['expiresAt'])
export class PhoneVerificationEntity {
  @PrimaryColumn({ name: 'user_id', type: 'uuid', primaryKeyConstraintName: 'pk_phone_verifications' })
  @ForeignKey('UserEntity', { name: 'fk_phone_verifications_user', onDelete: 'CASCADE' })
  userId!: string;

  /** Of the code that was sent last: an older one does not work with it. */
  @Column({ type: 'uuid' })
  id!: string;

  /** E.164. */
  @Column({ type: 'text' })
  phone!: string;

  /** The MAC of the code. */
  @Column({ type: 'bytea' })
  state!: Buffer;

  @Column({ type: 'integer' })
  attempts!: number;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
