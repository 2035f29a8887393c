/** What is kept of a credential. */
export interface WebauthnCredential {
  readonly credentialId: Buffer;
  /** COSE. */
  readonly publicKey: Buffer;
  readonly signCount: number;
  /** Whether its user was verified once; only then does it sign in by itself. */
  readonly uvInitialized: boolean;
  /** A synced passkey, or one that may become so. */
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly transports: readonly string[];
  readonly aaguid: string;
}

/** One that belongs to a factor of an account. */
export interface StoredCredential extends WebauthnCredential {
  readonly factorId: string;
  readonly userId: string;
  /** What authenticators know the account by. */
  readonly userHandle: Buffer;
}

/** What an assertion that proves possession says besides. */
export interface CheckedAssertion {
  readonly signCount: number;
  readonly userVerified: boolean;
  readonly backedUp: boolean;
}

/** RFC 8176: `swk` where the key may leave the device, `hwk` where it cannot; `user` where its user was verified just now. */
export function amrOf(credential: Pick<WebauthnCredential, 'backupEligible'>, userVerified: boolean): string[] {
  return [credential.backupEligible ? 'swk' : 'hwk', ...(userVerified ? ['user'] : [])];
}
