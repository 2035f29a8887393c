import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** What is kept of a credential (WebAuthn L3 §4, credential record). */
@Entity({ name: 'webauthn_credentials' })
// Of all accounts: an id that is here belongs to one factor.
@Index('uq_webauthn_credentials_credential_id', ['credentialId'], { unique: true })
export class WebauthnCredentialEntity {
  @PrimaryColumn({ name: 'factor_id', type: 'uuid', primaryKeyConstraintName: 'pk_webauthn_credentials' })
  @ForeignKey('MfaFactorEntity', { name: 'fk_webauthn_credentials_factor', onDelete: 'CASCADE' })
  factorId!: string;

  @Column({ name: 'credential_id', type: 'bytea' })
  credentialId!: Buffer;

  /** COSE. */
  @Column({ name: 'public_key', type: 'bytea' })
  publicKey!: Buffer;

  /** 32 bits without a sign. */
  @Column({ name: 'sign_count', type: 'bigint', transformer: { to: (value: number) => value, from: Number } })
  signCount!: number;

  /** Whether its user was verified at enrolment, or later as a second factor: only then does it sign in by itself. */
  @Column({ name: 'uv_initialized', type: 'boolean' })
  uvInitialized!: boolean;

  /** A synced passkey, or one that may become so. Never changes. */
  @Column({ name: 'backup_eligible', type: 'boolean' })
  backupEligible!: boolean;

  @Column({ name: 'backed_up', type: 'boolean' })
  backedUp!: boolean;

  @Column({ type: 'text', array: true })
  transports!: string[];

  @Column({ type: 'uuid' })
  aaguid!: string;
}
