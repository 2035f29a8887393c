/** Authenticator assurance, a ladder: password only, with a second factor, phishing-resistant. */
export const ACR_LADDER = ['aal1', 'aal2', 'phr'] as const;
export type Acr = (typeof ACR_LADDER)[number];

/** Whether `acr` is on or above `wanted`. */
export function reachesAcr(acr: Acr, wanted: Acr): boolean {
  return ACR_LADDER.indexOf(acr) >= ACR_LADDER.indexOf(wanted);
}

/** Who calls, as a verified access token says. Deeply frozen, and shared by all requests with that token. */
export interface Principal {
  /** `sub`: id of the account, never given to another. */
  readonly userId: string;
  /** `sid`. */
  readonly sessionId: string;
  /** `preferred_username`. */
  readonly username: string;
  readonly clientId: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly acr: Acr;
  /** Methods that were verified (RFC 8176): `pwd`, `otp`, `recovery_code`, `mfa` … */
  readonly amr: readonly string[];
  /** Seconds since the epoch of the last active authentication. */
  readonly authTime: number;
  /** Seconds since the epoch of the last verified second factor; null when there is none. */
  readonly mfaTime: number | null;
  /** Whether the account had an active second factor when the token was made. */
  readonly mfaEnrolled: boolean;
  /** `ver`. */
  readonly tokenVersion: number;
  /** `jti`. */
  readonly tokenId: string;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
  /** What modules add by `AccessTokenClaims`: a tenant, say. A token from before the module was there has none of it. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** What an MFA token is good for: verifying a factor, or enrolling the first one. */
export type MfaTokenPurpose = 'verify' | 'enroll';

/** Who calls with an MFA token: the password is known, the second factor not yet. */
export interface MfaTokenHolder {
  readonly purpose: MfaTokenPurpose;
  readonly userId: string;
  readonly sessionId: string;
  readonly username: string;
  /** The session's round of verification that the token belongs to; a verified factor begins the next. */
  readonly round: number;
}

/** The caller of a route marked `@AcceptsMfaToken()`. */
export type Caller = Principal | MfaTokenHolder;

export function isMfaTokenHolder(caller: Caller): caller is MfaTokenHolder {
  return 'purpose' in caller;
}
