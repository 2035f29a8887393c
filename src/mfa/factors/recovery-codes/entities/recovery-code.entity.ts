import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

@Entity({ name: 'recovery_codes' })
@Index('uq_recovery_codes_mac', ['userId', 'mac'], { unique: true })
export class RecoveryCodeEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_recovery_codes' })
  id!: string;

  @Column({ name: 'user_id', type: 'uuid' })
  @ForeignKey('UserEntity', { name: 'fk_recovery_codes_user', onDelete: 'CASCADE' })
  userId!: string;

  /** HMAC-SHA-256 of the code with the account's id: a stolen table gives no code. */
  @Column({ type: 'bytea' })
  mac!: Buffer;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'used_at', type: 'timestamptz', nullable: true })
  usedAt!: Date | null;
}
