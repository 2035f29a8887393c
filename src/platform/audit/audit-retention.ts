import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock } from '../clock/clock';
import { AuditSettings } from '../config/settings/audit.settings';
import { MacKeys } from '../crypto/mac-keys';
import { Transactions } from '../database/transactions';
import { AuditLog } from './audit-log';
import { type AuditRemoval, REMOVAL_PURPOSE, removalText } from './audit-removal';
import { AuditRemovalStore } from './audit-removal.store';

const EVERY_MS = 5 * 60 * 1000;
/** Seals of one transaction at most. */
const RUN = 100;

/**
 * Removes sealed events that are older than they must be kept. Their seals stay, so that the chain holds, and an authenticated
 * record says up to where; without one the check would call them dropped.
 */
@Injectable()
export class AuditRetention {
  private readonly logger = new Logger(AuditRetention.name);

  constructor(
    private readonly settings: AuditSettings,
    private readonly store: AuditRemovalStore,
    private readonly transactions: Transactions,
    private readonly macKeys: MacKeys,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    const { retention } = this.settings;
    if (retention === undefined) return;
    let removed = 0;
    for (let more = await this.removeNext(retention); more !== undefined; more = await this.removeNext(retention)) {
      removed += more;
    }
    if (removed > 0)
      this.logger.log(`${removed} audit events were kept for as long as AUDIT_RETENTION says, and are gone`);
  }

  /** @returns how many events; undefined where none are old enough, or another process is at it */
  private removeNext(retention: number): Promise<number | undefined> {
    return this.transactions.run(async (tx) => {
      if (!(await this.store.tryLock(tx))) return undefined;
      const after = (await this.store.newest(tx))?.sealNumber ?? '0';
      // An event is sealed after it was recorded: none goes too early.
      const seal = await this.store.lastSealBefore(tx, after, this.clock.in(-retention), RUN);
      if (seal === undefined) return undefined;
      const { number: sealNumber, transaction, eventId } = seal;
      const unsigned = { sealNumber, transaction, eventId, removedAt: this.clock.now().toISOString() };
      const { keyId, digest } = this.macKeys.sign(REMOVAL_PURPOSE, removalText(seal, unsigned));
      const removal: AuditRemoval = { ...unsigned, keyId, mac: digest };
      const events = await this.store.remove(tx, removal);
      await this.audit.record(tx, {
        type: 'audit.removed',
        outcome: 'success',
        details: { events, upToSeal: sealNumber },
      });
      return events;
    });
  }
}
