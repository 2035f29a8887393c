import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Sealed } from '../../../platform/crypto/secret-box';
import { SealedAtRest } from '../../../platform/crypto/sealed-columns';
import type { FactorStatus } from '../factor';

@Entity({ name: 'mfa_factors' })
@Index('ix_mfa_factors_user_id', ['userId'])
export class MfaFactorEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_mfa_factors' })
  id!: string;

  @Column({ name: 'user_id', type: 'uuid' })
  @ForeignKey('UserEntity', { name: 'fk_mfa_factors_user', onDelete: 'CASCADE' })
  userId!: string;

  @Column({ name: 'session_id', type: 'uuid', nullable: true })
  sessionId!: string | null;

  @Column({ type: 'text' })
  type!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  status!: FactorStatus;

  @Column({ type: 'boolean' })
  preferred!: boolean;

  @SealedAtRest()
  @Column({ name: 'sealed_secret', type: 'text', nullable: true })
  sealedSecret!: Sealed<'FactorSecret'> | null;

  /** Where its codes go: an e-mail address, or a number in E.164. */
  @Column({ type: 'text', nullable: true })
  destination!: string | null;

  /** The latest time step whose code was used up; no code of it or of an earlier one works. */
  @Column({ name: 'last_used_step', type: 'integer', nullable: true })
  lastUsedStep!: number | null;

  /** Consecutive, over all challenges and sessions; only a success of this factor clears them. */
  @Column({ type: 'integer' })
  failures!: number;

  @Column({ name: 'locked_until', type: 'timestamptz', nullable: true })
  lockedUntil!: Date | null;

  @Column({ name: 'enrollment_token_id', type: 'uuid', nullable: true })
  enrollmentTokenId!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'activated_at', type: 'timestamptz', nullable: true })
  activatedAt!: Date | null;

  @Column({ name: 'last_used_at', type: 'timestamptz', nullable: true })
  lastUsedAt!: Date | null;
}
