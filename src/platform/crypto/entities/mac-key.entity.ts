import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Sealed } from '../secret-box';
import { SealedAtRest } from '../sealed-columns';

@Entity({ name: 'mac_keys' })
export class MacKeyEntity {
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'pk_mac_keys' })
  id!: number;

  @SealedAtRest()
  @Column({ name: 'sealed_key', type: 'text' })
  sealedKey!: Sealed<'MacKey'>;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
