import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { JWK } from 'jose';
import type { Sealed } from '../../../platform/crypto/secret-box';

export type SigningKeyState = 'next' | 'active' | 'retired';

@Entity({ name: 'signing_keys' })
@Index('uq_signing_keys_active', ['alg'], { unique: true, where: '"state" = \'active\'' })
@Index('uq_signing_keys_next', ['alg'], { unique: true, where: '"state" = \'next\'' })
export class SigningKeyEntity {
  /** RFC 7638 thumbprint of the public key. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_signing_keys' })
  kid!: string;

  @Column({ type: 'text' })
  alg!: 'ES256';

  @Column({ name: 'public_jwk', type: 'jsonb' })
  publicJwk!: JWK;

  /** PKCS#8, DER. */
  @Column({ name: 'sealed_key', type: 'text' })
  sealedKey!: Sealed<'SigningKey'>;

  @Column({ type: 'text' })
  state!: SigningKeyState;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
