import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ name: 'service_clients' })
export class ServiceClientEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_service_clients' })
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  /** SHA-256 of the secret. Enough for 256 random bits: there is nothing that a slow hash would slow down. */
  @Column({ name: 'secret_digest', type: 'bytea' })
  secretDigest!: Buffer;

  @Column({ type: 'text', array: true })
  audiences!: string[];

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'last_used_at', type: 'timestamptz', nullable: true })
  lastUsedAt!: Date | null;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;
}
