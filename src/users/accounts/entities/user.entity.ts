import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { AccountStatus } from '../account';

@Entity({ name: 'users' })
@Index('uq_users_username_folded', ['usernameFolded'], { unique: true })
// Only a verified address is unique: nobody can squat another's, nor find out that it is in use.
@Index('uq_users_verified_email', ['emailFolded'], { unique: true, where: '"email_verified_at" IS NOT NULL' })
@Index('uq_users_verified_phone', ['phone'], { unique: true, where: '"phone_verified_at" IS NOT NULL' })
export class UserEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_users' })
  id!: string;

  @Column({ type: 'text' })
  username!: string;

  @Column({ name: 'username_folded', type: 'text' })
  usernameFolded!: string;

  @Column({ name: 'display_name', type: 'text', nullable: true })
  displayName!: string | null;

  @Column({ type: 'text', nullable: true })
  locale!: string | null;

  @Column({ type: 'text', nullable: true })
  email!: string | null;

  @Column({ name: 'email_folded', type: 'text', nullable: true })
  emailFolded!: string | null;

  @Column({ name: 'email_verified_at', type: 'timestamptz', nullable: true })
  emailVerifiedAt!: Date | null;

  /** E.164. */
  @Column({ type: 'text', nullable: true })
  phone!: string | null;

  @Column({ name: 'phone_verified_at', type: 'timestamptz', nullable: true })
  phoneVerifiedAt!: Date | null;

  @Column({ type: 'text', array: true })
  roles!: string[];

  @Column({ type: 'text' })
  status!: AccountStatus;

  /** Rises with every change of roles, status or password; access tokens with a lower one are refused. */
  @Column({ name: 'token_version', type: 'integer' })
  tokenVersion!: number;

  @Column({ name: 'mfa_enrolled_at', type: 'timestamptz', nullable: true })
  mfaEnrolledAt!: Date | null;

  /** The mailbox that last reset the password, until an independent factor is verified; see `mailboxOf`. */
  @Column({ name: 'recovered_mailbox', type: 'text', nullable: true })
  recoveredMailbox!: string | null;

  @Column({ name: 'first_sign_in_at', type: 'timestamptz', nullable: true })
  firstSignInAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
