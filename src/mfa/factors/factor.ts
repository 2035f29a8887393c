import type { Sealed } from '../../platform/crypto/secret-box';

export type FactorStatus = 'pending' | 'active';

/** A factor of an account, as the factor plug-ins see it. */
export interface FactorRecord {
  readonly id: string;
  readonly userId: string;
  /** The session that began it; only that one activates it. */
  readonly sessionId: string | null;
  readonly type: string;
  readonly name: string;
  readonly status: FactorStatus;
  readonly preferred: boolean;
  readonly sealedSecret: Sealed<'FactorSecret'> | null;
  /** Where its codes go: an e-mail address, or a number in E.164; null for factors that send nothing. */
  readonly destination: string | null;
  readonly lockedUntil: Date | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  /** The one-time enrollment code it was begun with. */
  readonly enrollmentTokenId: string | null;
}
