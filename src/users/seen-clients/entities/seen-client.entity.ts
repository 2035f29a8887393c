import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

const PK = 'pk_seen_clients';

/** A kind of device, or a network, that sign-ins to an account came from. */
@Entity({ name: 'seen_clients' })
@Index('ix_seen_clients_last_seen_at', ['lastSeenAt'])
export class SeenClientEntity {
  @PrimaryColumn({ name: 'user_id', type: 'uuid', primaryKeyConstraintName: PK })
  @ForeignKey('UserEntity', { name: 'fk_seen_clients_user', onDelete: 'CASCADE' })
  userId!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: PK })
  kind!: 'device' | 'network';

  /** `Chrome on Windows`, without versions; the /24 of an IPv4 address, the /48 of an IPv6 address. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: PK })
  value!: string;

  /** The last sign-in. */
  @Column({ name: 'last_seen_at', type: 'timestamptz' })
  lastSeenAt!: Date;
}
