import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Whose people somebody is; who is not listed belongs to the default tenant. */
@Entity({ name: 'payout_tenants' })
export class PayoutTenantEntity {
  @PrimaryColumn({ name: 'user_id', type: 'uuid', primaryKeyConstraintName: 'pk_payout_tenants' })
  userId!: string;

  @Column({ type: 'text' })
  tenant!: string;
}
