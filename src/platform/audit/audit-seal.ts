import { createHash } from 'node:crypto';

/** A sealed run of events. */
export interface AuditSeal {
  /** From 1 on, without gaps. */
  readonly number: string;
  /** The last event that it holds; the next seal begins after it. */
  readonly transaction: string;
  readonly eventId: string;
  /** ISO 8601, UTC. */
  readonly sealedAt: string;
  readonly eventIds: readonly string[];
  /** The SHA-256 of each event, one behind the other. */
  readonly digests: Buffer;
  readonly keyId: number;
  readonly mac: Buffer;
}

/** An event as its digest covers it: every column, as text. */
export interface SealableEvent {
  readonly id: string;
  readonly transaction: string;
  readonly columns: readonly (string | null)[];
}

/** What comes before the first seal. */
export const NO_SEAL = Buffer.alloc(32);
export const SEAL_PURPOSE = 'audit-seal';
const DIGEST_BYTES = 32;

export function digestOf({ id, transaction, columns }: SealableEvent): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([transaction, id, ...columns]))
    .digest();
}

/** What a seal's HMAC is made over: the seal before it, and all that it says. */
export function sealedText(previous: Buffer, seal: Omit<AuditSeal, 'mac' | 'keyId'>): string {
  const { number, transaction, eventId, sealedAt, eventIds, digests } = seal;
  return JSON.stringify([
    previous.toString('hex'),
    number,
    transaction,
    eventId,
    sealedAt,
    eventIds,
    digests.toString('hex'),
  ]);
}

/** The first event that is not as it was sealed, in words; undefined where all are. */
export function firstDifference(seal: AuditSeal, events: readonly SealableEvent[]): string | undefined {
  const sealed = new Set(seal.eventIds);
  const found = new Set(events.map(({ id }) => id));
  for (const [index, id] of seal.eventIds.entries()) {
    const event = events[index];
    if (event?.id === id) {
      const digest = seal.digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
      if (!digestOf(event).equals(digest)) return `event ${id} was changed`;
    } else if (!found.has(id)) return `event ${id} was dropped, or moved to another place`;
    else if (event !== undefined && !sealed.has(event.id)) return `event ${event.id} was put in afterwards`;
    else return `event ${id} is out of order`;
  }
  const further = events[seal.eventIds.length];
  return further === undefined ? undefined : `event ${further.id} was put in afterwards`;
}
