import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** A table of its own, so that no query for a profile carries a hash along. */
@Entity({ name: 'passwords' })
export class PasswordEntity {
  @PrimaryColumn({ name: 'user_id', type: 'uuid', primaryKeyConstraintName: 'pk_passwords' })
  @ForeignKey('UserEntity', { name: 'fk_passwords_user', onDelete: 'CASCADE' })
  userId!: string;

  /** argon2id in PHC string format. */
  @Column({ type: 'text' })
  hash!: string;

  @Column({ name: 'changed_at', type: 'timestamptz' })
  changedAt!: Date;

  /** Rises with every change of the password, not when the same one is hashed anew. */
  @Column({ type: 'integer', default: 1 })
  version!: number;
}
