import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock } from '../clock/clock';
import { MacKeys } from '../crypto/mac-keys';
import { Transactions } from '../database/transactions';
import { type AuditSeal, digestOf, NO_SEAL, SEAL_PURPOSE, sealedText } from './audit-seal';
import { AuditSealStore, BEGINNING } from './audit-seal.store';

const EVERY_MS = 1000;
/** Events of one seal at most. */
const RUN = 1000;
/** How often the log names the newest seal, as an anchor outside the database. */
const ANCHOR_EVERY_SECONDS = 60;

/**
 * Seals finished events, each run chained to the one before. One process does it at a time, under an advisory lock; nobody
 * waits for it. A process that dies meanwhile leaves nothing behind: the run and its lock are one transaction.
 */
@Injectable()
export class AuditSealer implements BeforeApplicationShutdown {
  private readonly logger = new Logger(AuditSealer.name);
  private running: Promise<void> | undefined;
  private isStopping = false;
  private anchoredAt = 0;

  constructor(
    private readonly store: AuditSealStore,
    private readonly transactions: Transactions,
    private readonly macKeys: MacKeys,
    private readonly clock: Clock,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    await this.running;
  }

  @Interval(EVERY_MS)
  wake(): void {
    if (this.isStopping) return;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
  }

  /** Seals one run of what is finished. @returns the seal; undefined where there is nothing, or another process seals */
  sealNext(): Promise<AuditSeal | undefined> {
    return this.transactions.run(async (tx) => {
      if (!(await this.store.tryLock(tx))) return undefined;
      const previous = await this.store.newest(tx);
      const events = await this.store.finished(tx, previous ?? BEGINNING, RUN);
      const last = events.at(-1);
      if (last === undefined) return undefined;
      const unsigned = {
        number: String(BigInt(previous?.number ?? 0) + 1n),
        transaction: last.transaction,
        eventId: last.id,
        sealedAt: this.clock.now().toISOString(),
        eventIds: events.map(({ id }) => id),
        digests: Buffer.concat(events.map(digestOf)),
      };
      const { keyId, digest } = this.macKeys.sign(SEAL_PURPOSE, sealedText(previous?.mac ?? NO_SEAL, unsigned));
      const seal = { ...unsigned, keyId, mac: digest };
      await this.store.add(tx, seal);
      return seal;
    });
  }

  private async run(): Promise<void> {
    try {
      let newest: AuditSeal | undefined;
      for (;;) {
        const seal = this.isStopping ? undefined : await this.sealNext();
        if (seal === undefined) break;
        newest = seal;
      }
      if (newest !== undefined) this.anchor(newest);
    } catch (error) {
      // The database: the next run tries again.
      this.logger.warn(`Audit events cannot be sealed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private anchor({ number, mac }: AuditSeal): void {
    const now = this.clock.nowInSeconds();
    if (now - this.anchoredAt < ANCHOR_EVERY_SECONDS) return;
    this.anchoredAt = now;
    this.logger.log(`Audit events are sealed up to ${number}:${mac.toString('hex')}`);
  }
}
