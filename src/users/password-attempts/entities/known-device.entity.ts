import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A device on which somebody has signed in to an account, and its own count of wrong passwords. */
@Entity({ name: 'known_devices' })
export class KnownDeviceEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_known_devices' })
  id!: string;

  @Column({ name: 'user_id', type: 'uuid' })
  @Index('ix_known_devices_user')
  @ForeignKey('UserEntity', { name: 'fk_known_devices_user', onDelete: 'CASCADE' })
  userId!: string;

  /** SHA-256 of its token. */
  @Column({ type: 'bytea' })
  @Index('uq_known_devices_digest', { unique: true })
  digest!: Buffer;

  @Column({ type: 'integer', default: 0 })
  failures!: number;

  @Column({ name: 'locked_until', type: 'timestamptz', nullable: true })
  lockedUntil!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  /** The last right password on it; null until there is a second one. */
  @Column({ name: 'last_used_at', type: 'timestamptz', nullable: true })
  lastUsedAt!: Date | null;
}
