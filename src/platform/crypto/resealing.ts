import type { EncryptionKeyring } from './encryption-keyring';
import { type SecretBox, SecretBoxError } from './secret-box';
import { placeIn, type SealedColumn } from './sealed-columns';
import type { SealedRow, SealedRowsStore } from './sealed-rows.store';

const BATCH = 100;

export interface ResealOutcome {
  readonly resealed: number;
  /** Changed by somebody else while they were in hand. Whoever wrote last is right. */
  readonly overtaken: number;
  /** Could not be opened, and stay as they are. */
  readonly failed: number;
  readonly wasStopped: boolean;
}

export interface ResealWatcher {
  /** After each batch. */
  advanced(rows: number): void;
  failed(column: SealedColumn, rowId: string): void;
}

/**
 * Seals anew, with the newest key, whatever another key sealed. Goes row by row, each by one conditional statement: it can stop
 * anywhere, be begun again, and go on beside servers that write.
 */
export class Resealing {
  private resealed = 0;
  private overtaken = 0;
  private failed = 0;

  constructor(
    private readonly rows: SealedRowsStore,
    private readonly box: SecretBox,
    private readonly keyring: EncryptionKeyring,
    private readonly watcher: ResealWatcher,
  ) {}

  /** @param signal stops it after the row in hand */
  async run(signal: AbortSignal): Promise<ResealOutcome> {
    for (const column of this.rows.columns) await this.resealColumn(column, signal);
    const { resealed, overtaken, failed } = this;
    return { resealed, overtaken, failed, wasStopped: signal.aborted };
  }

  private async resealColumn(column: SealedColumn, signal: AbortSignal): Promise<void> {
    const isStopped = () => signal.aborted;
    let last: string | undefined;
    while (!isStopped()) {
      const batch = await this.rows.notSealedWith(this.keyring.newest.id, column, last, BATCH);
      let done = 0;
      for (const row of batch) {
        if (isStopped()) break;
        await this.resealRow(column, row);
        done++;
      }
      this.watcher.advanced(done);
      last = batch.at(-1)?.id;
      if (batch.length < BATCH) return;
    }
  }

  private async resealRow(column: SealedColumn, row: SealedRow): Promise<void> {
    const place = placeIn(column, row.id);
    let secret: Buffer;
    try {
      secret = this.box.open(row.sealed, place);
    } catch (error) {
      if (!(error instanceof SecretBoxError)) throw error;
      this.failed++;
      this.watcher.failed(column, row.id);
      return;
    }
    if (await this.rows.replace(column, row, this.box.seal(secret, place))) this.resealed++;
    else this.overtaken++;
  }
}
