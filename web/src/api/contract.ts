/** What travels over HTTP, as the contract of Countersign defines it. */

export interface Session {
  readonly id: string;
  readonly acr: string;
  readonly amr: readonly string[];
}

export interface UsableFactor {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly hint: string | null;
  readonly acr: string;
  readonly preferred: boolean;
}

export interface Factor extends UsableFactor {
  readonly status: 'pending' | 'active';
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
}

export interface FactorList {
  readonly items: readonly Factor[];
  readonly available: readonly string[];
  readonly warnings: readonly string[];
}

export interface Authenticated {
  readonly status: 'authenticated';
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly session: Session;
  readonly deviceToken?: string;
}

export interface SecondFactorWanted {
  readonly status: 'mfa_required' | 'mfa_enrollment_required';
  readonly mfaToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly reason: string;
  readonly factors: readonly UsableFactor[];
}

export type AuthResult = Authenticated | SecondFactorWanted;

/** A plug-in waits, for a tap on another device perhaps. */
export interface StillPending {
  readonly status: 'pending';
  readonly retryAfter: number;
}

export interface User {
  readonly id: string;
  readonly username: string;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly phone: string | null;
  readonly phoneVerified: boolean;
  readonly mfaEnrolled: boolean;
}

export interface Registration {
  readonly username: string;
  readonly password: string;
  readonly email?: string;
  readonly locale?: string;
}

export interface EnrollmentRequest {
  readonly type: string;
  readonly name?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly enrollmentCode?: string;
}

export interface Enrollment {
  readonly factor: Factor;
  readonly enrollment: {
    readonly secret?: string;
    readonly otpauthUri?: string;
    readonly qrCode?: string;
    readonly sentTo?: string;
    readonly publicKey?: PublicKeyCredentialCreationOptionsJSON;
  };
}

export interface Activation {
  readonly factor: Factor;
  readonly recoveryCodes?: readonly string[];
  readonly auth: AuthResult;
}

export interface Challenge {
  readonly id: string;
  readonly factorId: string;
  readonly type: string;
  readonly sentTo?: string;
  readonly publicKey?: PublicKeyCredentialRequestOptionsJSON;
}

export interface PasskeyOptions {
  readonly challengeId: string;
  readonly publicKey: PublicKeyCredentialRequestOptionsJSON;
}

/** What proves a factor: a code, a WebAuthn credential, or what a plug-in defines. */
export type Proof =
  { readonly code: string } | { readonly credential: object } | { readonly response: Record<string, unknown> };

export interface ListedSession {
  readonly id: string;
  readonly current: boolean;
  readonly amr: readonly string[];
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly ip: string;
  readonly device: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface RecoveryCodesStatus {
  readonly remaining: number;
  readonly generatedAt: string | null;
}
