import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TokenTransport } from '../../../platform/http/token-transport';
import type { StepUpReason, VerifiedMethod } from '../session';

@Entity({ name: 'sessions' })
@Index('ix_sessions_user_id', ['userId'])
@Index('ix_sessions_pending', ['createdAt'], { where: '"activated_at" IS NULL' })
export class SessionEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_sessions' })
  id!: string;

  @Column({ name: 'user_id', type: 'uuid' })
  @ForeignKey('UserEntity', { name: 'fk_sessions_user', onDelete: 'CASCADE' })
  userId!: string;

  @Column({ type: 'integer' })
  counter!: number;

  @Column({ name: 'superseded_counter', type: 'integer', nullable: true })
  supersededCounter!: number | null;

  @Column({ name: 'superseded_from', type: 'integer', nullable: true })
  supersededFrom!: number | null;

  @Column({ name: 'rotated_at', type: 'timestamptz', nullable: true })
  rotatedAt!: Date | null;

  @Column({ name: 'mfa_round', type: 'integer' })
  mfaRound!: number;

  @Column({ type: 'jsonb' })
  methods!: VerifiedMethod[];

  @Column({ name: 'second_factor_lapsed_at', type: 'timestamptz', nullable: true })
  secondFactorLapsedAt!: Date | null;

  @Column({ name: 'step_up_reason', type: 'text', nullable: true })
  stepUpReason!: StepUpReason | null;

  @Column({ name: 'auth_time', type: 'timestamptz' })
  authTime!: Date;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'activated_at', type: 'timestamptz', nullable: true })
  activatedAt!: Date | null;

  @Column({ name: 'last_used_at', type: 'timestamptz' })
  lastUsedAt!: Date;

  @Column({ name: 'idle_ends_at', type: 'timestamptz' })
  idleEndsAt!: Date;

  @Column({ name: 'ends_at', type: 'timestamptz' })
  endsAt!: Date;

  @Column({ type: 'text', default: 'body' })
  transport!: TokenTransport;

  @Column({ type: 'text' })
  ip!: string;

  @Column({ name: 'user_agent', type: 'text' })
  userAgent!: string;

  /** In a row, by whoever holds an access token of the session. */
  @Column({ name: 'wrong_passwords', type: 'integer', default: 0 })
  wrongPasswords!: number;

  /** Begun by password on a device that is not known: it gets a device token once the sign-in is complete. */
  @Column({ name: 'is_new_device', type: 'boolean', default: false })
  isNewDevice!: boolean;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;

  @Column({ name: 'revoked_reason', type: 'text', nullable: true })
  revokedReason!: string | null;
}
