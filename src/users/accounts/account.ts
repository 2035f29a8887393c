export type AccountStatus = 'active' | 'disabled';

/** What a sign-in needs to know of an account, read in one statement. */
export interface SignInAccount {
  readonly id: string;
  readonly username: string;
  readonly status: AccountStatus;
  readonly roles: readonly string[];
  /** Of all its roles together, sorted. */
  readonly permissions: readonly string[];
  readonly tokenVersion: number;
  readonly mfaEnrolledAt: Date | null;
  /** The mailbox that last reset the password, until an independent factor is verified. */
  readonly recoveredMailbox: string | null;
  /** When it first got an access token; null for an account that never did. */
  readonly firstSignInAt: Date | null;
}

/** An account as its owner sees it. */
export interface AccountProfile {
  readonly id: string;
  readonly username: string;
  readonly displayName: string | null;
  readonly locale: string | null;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly phone: string | null;
  readonly phoneVerified: boolean;
  readonly roles: readonly string[];
  readonly mfaEnrolled: boolean;
  readonly createdAt: Date;
}

/** How its owner is reached. */
export type AccountContact = Pick<AccountProfile, 'locale' | 'email' | 'emailVerified' | 'phone' | 'phoneVerified'>;

/** An account as an administrator sees it. */
export interface AdministeredAccount extends AccountProfile {
  readonly status: AccountStatus;
  /** When it last completed a sign-in; null for one that never did. */
  readonly lastSignInAt: Date | null;
}

export interface NewAccount {
  readonly username: string;
  /** `user` alone unless said. */
  readonly roles?: string[];
  readonly email?: string;
  readonly phone?: string;
  readonly displayName?: string;
  readonly locale?: string;
}
