import type { AuditSeal } from './audit-seal';

/** That retention removed all events up to, and with, those of a seal. */
export interface AuditRemoval {
  readonly sealNumber: string;
  /** The last event of that seal. */
  readonly transaction: string;
  readonly eventId: string;
  /** ISO 8601, UTC. */
  readonly removedAt: string;
  readonly keyId: number;
  readonly mac: Buffer;
}

export const REMOVAL_PURPOSE = 'audit-removal';

/** What a removal's HMAC is made over. The seal's own HMAC is part of it: for another chain it is worth nothing. */
export function removalText(
  seal: Pick<AuditSeal, 'mac'>,
  { sealNumber, transaction, eventId, removedAt }: Omit<AuditRemoval, 'mac' | 'keyId'>,
): string {
  return JSON.stringify([seal.mac.toString('hex'), sealNumber, transaction, eventId, removedAt]);
}
