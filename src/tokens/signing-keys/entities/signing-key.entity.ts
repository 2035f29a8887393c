import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { JWK } from 'jose';
import type { SigningAlgorithm } from '../../../platform/config/settings/signing-key.settings';
import type { Sealed } from '../../../platform/crypto/secret-box';
import { SealedAtRest } from '../../../platform/crypto/sealed-columns';
import type { SigningKeyState } from '../signing-key-plan';

@Entity({ name: 'signing_keys' })
@Index('uq_signing_keys_current', ['state'], { unique: true, where: '"state" <> \'retired\'' })
export class SigningKeyEntity {
  /** RFC 7638 thumbprint of the public key; random for a secret one. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_signing_keys' })
  kid!: string;

  @Column({ type: 'text' })
  alg!: SigningAlgorithm;

  /** Null for a secret key. */
  @Column({ name: 'public_jwk', type: 'jsonb', nullable: true })
  publicJwk!: JWK | null;

  /** PKCS#8, DER; the bytes of a secret key. */
  @SealedAtRest()
  @Column({ name: 'sealed_key', type: 'text' })
  sealedKey!: Sealed<'SigningKey'>;

  @Column({ type: 'text' })
  state!: SigningKeyState;

  /** When it was made, and published with that. */
  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  /** With `next`: when somebody asked for it to sign as soon as it may. */
  @Column({ name: 'requested_at', type: 'timestamptz', nullable: true })
  requestedAt!: Date | null;

  /** Since when it signs. */
  @Column({ name: 'activated_at', type: 'timestamptz', nullable: true })
  activatedAt!: Date | null;

  /** Since when it signs no more. */
  @Column({ name: 'retired_at', type: 'timestamptz', nullable: true })
  retiredAt!: Date | null;
}
