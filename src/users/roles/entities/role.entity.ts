import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ name: 'roles' })
export class RoleEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_roles' })
  name!: string;

  @Column({ type: 'text', array: true })
  permissions!: string[];

  /** Seeding leaves a role alone that an administrator changed. */
  @Column({ name: 'changed_by_administrator', type: 'boolean', default: false })
  changedByAdministrator!: boolean;

  /** Kept where a module may bring the role along again: one that an administrator deleted stays away. */
  @Column({ name: 'deleted_at', type: 'timestamptz', nullable: true })
  deletedAt!: Date | null;
}
