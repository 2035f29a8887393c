import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A challenge that a passkey has answered. Those that nobody answered are nowhere. */
@Entity({ name: 'used_passkey_challenges' })
@Index('ix_used_passkey_challenges_expires_at', ['expiresAt'])
export class UsedPasskeyChallengeEntity {
  @PrimaryColumn({ type: 'bytea', primaryKeyConstraintName: 'pk_used_passkey_challenges' })
  challenge!: Buffer;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
