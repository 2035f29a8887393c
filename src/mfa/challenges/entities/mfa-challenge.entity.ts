import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

@Entity({ name: 'mfa_challenges' })
@Index('ix_mfa_challenges_expires_at', ['expiresAt'])
export class MfaChallengeEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_mfa_challenges' })
  id!: string;

  @Column({ name: 'session_id', type: 'uuid' })
  @ForeignKey('SessionEntity', { name: 'fk_mfa_challenges_session', onDelete: 'CASCADE' })
  sessionId!: string;

  @Column({ name: 'factor_id', type: 'uuid' })
  @ForeignKey('MfaFactorEntity', { name: 'fk_mfa_challenges_factor', onDelete: 'CASCADE' })
  factorId!: string;

  /** What the factor needs again to verify: the MAC of a code, a WebAuthn challenge. */
  @Column({ type: 'bytea', nullable: true })
  state!: Buffer | null;

  @Column({ type: 'integer' })
  attempts!: number;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;

  @Column({ name: 'consumed_at', type: 'timestamptz', nullable: true })
  consumedAt!: Date | null;
}
