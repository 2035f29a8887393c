/** What travels over HTTP, as the contract of Countersign defines it. */

export type Acr = 'aal1' | 'aal2' | 'phr';

export interface Session {
  id: string;
  acr: Acr;
  amr: string[];
  /** RFC 3339, UTC. */
  authTime: string;
  /** Absent until a second factor has been verified, and again once it is stale. */
  mfaTime?: string | null;
}

export interface UsableFactor {
  id: string;
  type: string;
  name: string;
  hint: string | null;
  acr: Acr;
  preferred: boolean;
}

export interface Factor extends UsableFactor {
  status: 'pending' | 'active';
  createdAt: string;
  lastUsedAt: string | null;
}

export interface FactorList {
  items: Factor[];
  available: string[];
  warnings: unknown[];
}

export interface Authenticated {
  status: 'authenticated';
  tokenType: 'Bearer';
  accessToken: string;
  /** Seconds. */
  expiresIn: number;
  /** Absent where the session's transport is the cookie. */
  refreshToken?: string;
  refreshExpiresIn?: number;
  session: Session;
  deviceToken?: string;
}

export interface SecondFactorWanted {
  status: 'mfa_required' | 'mfa_enrollment_required';
  mfaToken: string;
  /** Seconds. */
  expiresIn: number;
  /** `login`, `mfa_expired`, `idle`, `new_network`, `new_device`, `policy`, `recovery`. */
  reason: string;
  factors: UsableFactor[];
}

export type AuthResult = Authenticated | SecondFactorWanted;

export interface User {
  id: string;
  username: string;
  displayName: string | null;
  locale: string | null;
  email: string | null;
  emailVerified: boolean;
  phone: string | null;
  phoneVerified: boolean;
  roles: string[];
  mfaEnrolled: boolean;
  createdAt: string;
}

export interface Registration {
  username: string;
  password: string;
  email?: string;
  phone?: string;
  displayName?: string;
  locale?: string;
}

export interface EnrollmentRequest {
  type: string;
  name?: string;
  email?: string;
  phone?: string;
  enrollmentCode?: string;
}

export interface Enrollment {
  factor: Factor;
  /** `totp`: `secret`, `otpauthUri`, `qrCode`; `email` and `sms`: `sentTo`, `expiresAt`; `webauthn`: `publicKey`. */
  enrollment: {
    secret?: string;
    otpauthUri?: string;
    qrCode?: string;
    sentTo?: string;
    expiresAt?: string;
    publicKey?: unknown;
  };
}

/** A challenge for whoever has a passkey: good once, for `publicKey.timeout` milliseconds. */
export interface PasskeyChallenge {
  challengeId: string;
  /** `PublicKeyCredentialRequestOptionsJSON`. */
  publicKey: unknown;
}

export interface Challenge {
  id: string;
  factorId: string;
  type: string;
  expiresAt: string;
  /** `email` and `sms`: where the code went, masked. */
  sentTo?: string;
  publicKey?: unknown;
  data?: unknown;
}

/** What proves a factor: a code, a WebAuthn credential, or what a plug-in defines. */
export type Proof = { code: string } | { credential: unknown } | { response: unknown };
