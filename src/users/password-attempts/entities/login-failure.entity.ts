import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** Wrong passwords of an account in a row. Of accounts only: names that nobody has leave no row. */
@Entity({ name: 'login_failures' })
@Index('ix_login_failures_locked_until', ['lockedUntil'], { where: '"locked_until" IS NOT NULL' })
export class LoginFailureEntity {
  @PrimaryColumn({ name: 'user_id', type: 'uuid', primaryKeyConstraintName: 'pk_login_failures' })
  @ForeignKey('UserEntity', { name: 'fk_login_failures_user', onDelete: 'CASCADE' })
  userId!: string;

  @Column({ type: 'integer' })
  failures!: number;

  @Column({ name: 'locked_until', type: 'timestamptz', nullable: true })
  lockedUntil!: Date | null;

  /** When the owner was last told of a lock. */
  @Column({ name: 'lock_told_at', type: 'timestamptz', nullable: true })
  lockToldAt!: Date | null;
}
