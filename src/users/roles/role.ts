/** A role and what it allows, sorted. */
export interface Role {
  readonly name: string;
  readonly permissions: readonly string[];
}

/** What an account may do. */
export interface Rights {
  readonly roles: readonly string[];
  /** Of all its roles together. */
  readonly permissions: readonly string[];
}

/** An account whose rights have changed, and the token version from which on tokens are good. */
export interface ChangedRights {
  readonly userId: string;
  readonly tokenVersion: number;
}
