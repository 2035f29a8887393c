import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

@Entity({ name: 'last_sign_ins' })
export class LastSignInEntity {
  @PrimaryColumn({ name: 'user_id', type: 'uuid', primaryKeyConstraintName: 'pk_last_sign_ins' })
  @ForeignKey('UserEntity', { name: 'fk_last_sign_ins_user', onDelete: 'CASCADE' })
  userId!: string;

  /** When the account last got the first access token of a session. */
  @Column({ type: 'timestamptz' })
  at!: Date;
}
