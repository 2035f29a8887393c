import type { EntityManager } from 'typeorm';
import { type AuditRemoval, REMOVAL_PURPOSE, removalText } from './audit-removal';
import type { AuditRemovalStore } from './audit-removal.store';
import { type AuditSeal, firstDifference, NO_SEAL, SEAL_PURPOSE, sealedText } from './audit-seal';
import { type AuditSealStore, BEGINNING, type EventPosition } from './audit-seal.store';
import type { MacKeys } from '../crypto/mac-keys';

/** A seal that was noted outside the database. */
export interface ExpectedSeal {
  readonly number: string;
  /** Hexadecimal. */
  readonly mac: string;
}

export interface VerificationOutcome {
  readonly seals: number;
  /** Those that are there, as they were sealed. */
  readonly events: number;
  /** Up to and with this seal, retention has removed the events; undefined where it has none. */
  readonly removedUpTo: string | undefined;
  /** The newest seal, as `number:mac`, to be noted elsewhere. */
  readonly newest: string | undefined;
  /** The first thing that is wrong, in words. */
  readonly problem: string | undefined;
}

/** Seals read at once. */
const PAGE = 20;

/** Checks every seal from the first on, and the events that each holds. Reads only; may run beside servers. */
export class AuditVerification {
  constructor(
    private readonly store: AuditSealStore,
    private readonly removals: AuditRemovalStore,
    private readonly macKeys: MacKeys,
  ) {}

  async run(
    db: EntityManager,
    expected: ExpectedSeal | undefined,
    advanced: (seals: number) => void,
  ): Promise<VerificationOutcome> {
    let previous = { number: '0', mac: NO_SEAL as Buffer };
    let position: EventPosition = BEGINNING;
    let events = 0;
    let removal = await this.removals.newest(db);
    let isExpectedSeen = expected === undefined;
    const outcome = (problem?: string): VerificationOutcome => ({
      seals: Number(previous.number),
      events,
      removedUpTo: removal?.sealNumber,
      newest: previous.number === '0' ? undefined : `${previous.number}:${previous.mac.toString('hex')}`,
      problem,
    });
    if (removal !== undefined && !(await this.isOurs(db, removal))) return outcome(forged(removal));
    for (;;) {
      const seals = await this.store.after(db, previous.number, PAGE);
      if (seals.length === 0) break;
      for (const seal of seals) {
        const due = String(BigInt(previous.number) + 1n);
        if (seal.number !== due) return outcome(`seal ${due} was dropped`);
        const { keyId, mac } = seal;
        if (!this.macKeys.verify(SEAL_PURPOSE, sealedText(previous.mac, seal), { keyId, digest: mac })) {
          return outcome(`seal ${seal.number} was changed, or its MAC key is gone`);
        }
        let difference = await this.differenceOf(db, position, seal, removal);
        if (difference !== undefined) {
          // Retention may have removed them since.
          removal = await this.removals.newest(db);
          if (removal !== undefined && !(await this.isOurs(db, removal))) return outcome(forged(removal));
          difference = await this.differenceOf(db, position, seal, removal);
        }
        if (difference !== undefined) return outcome(`${difference} (seal ${seal.number} of ${seal.sealedAt})`);
        if (seal.number === expected?.number) {
          if (mac.toString('hex') !== expected.mac) return outcome(`seal ${seal.number} is not the one expected`);
          isExpectedSeen = true;
        }
        previous = seal;
        position = seal;
        if (!covers(removal, seal)) events += seal.eventIds.length;
      }
      advanced(seals.length);
    }
    return outcome(isExpectedSeen ? undefined : `the seals end before the one expected: they were cut off`);
  }
  /** The first event of a seal that is not as it was sealed, or is still there although it was removed. */
  private async differenceOf(
    db: EntityManager,
    after: EventPosition,
    seal: AuditSeal,
    removal: AuditRemoval | undefined,
  ): Promise<string | undefined> {
    const events = await this.store.between(db, after, seal);
    return firstDifference(covers(removal, seal) ? { ...seal, eventIds: [] } : seal, events);
  }

  private async isOurs(db: EntityManager, removal: AuditRemoval): Promise<boolean> {
    const { sealNumber, transaction, eventId, keyId, mac } = removal;
    const seal = await this.store.numbered(db, sealNumber);
    if (seal?.transaction !== transaction || seal.eventId !== eventId) return false;
    return this.macKeys.verify(REMOVAL_PURPOSE, removalText(seal, removal), { keyId, digest: mac });
  }
}

function covers(removal: AuditRemoval | undefined, { number }: AuditSeal): boolean {
  return removal !== undefined && BigInt(number) <= BigInt(removal.sealNumber);
}

function forged({ sealNumber }: AuditRemoval): string {
  return `the record that retention removed the events up to seal ${sealNumber} is forged, or its seal was dropped or changed`;
}
