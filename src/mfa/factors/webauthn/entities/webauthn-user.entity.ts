import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** What authenticators know an account by (WebAuthn L3 §14.6.1). */
@Entity({ name: 'webauthn_users' })
@Index('uq_webauthn_users_handle', ['handle'], { unique: true })
export class WebauthnUserEntity {
  @PrimaryColumn({ name: 'user_id', type: 'uuid', primaryKeyConstraintName: 'pk_webauthn_users' })
  @ForeignKey('UserEntity', { name: 'fk_webauthn_users_user', onDelete: 'CASCADE' })
  userId!: string;

  /** 64 random bytes. */
  @Column({ type: 'bytea' })
  handle!: Buffer;
}
