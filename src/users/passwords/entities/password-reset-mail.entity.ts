import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** How many links to choose a new password went to an account lately. */
@Entity({ name: 'password_reset_mails' })
export class PasswordResetMailEntity {
  @PrimaryColumn({ name: 'user_id', type: 'uuid', primaryKeyConstraintName: 'pk_password_reset_mails' })
  @ForeignKey('UserEntity', { name: 'fk_password_reset_mails_user', onDelete: 'CASCADE' })
  userId!: string;

  @Column({ name: 'counted_since', type: 'timestamptz' })
  countedSince!: Date;

  @Column({ type: 'integer' })
  mails!: number;
}
