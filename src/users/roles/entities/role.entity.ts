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
}
