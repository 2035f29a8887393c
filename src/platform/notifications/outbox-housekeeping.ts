import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock } from '../clock/clock';
import { OutboxStore } from './outbox.store';

const EVERY_MS = 60 * 60 * 1000;
const SENT_KEPT_SECONDS = 86_400;
/** Longer than any message is tried. */
const KEPT_SECONDS = 7 * 86_400;

/** Drops messages: they may carry tokens, and nobody needs them once they are sent or given up. */
@Injectable()
export class OutboxHousekeeping {
  constructor(
    private readonly store: OutboxStore,
    private readonly clock: Clock,
  ) {}

  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    await this.store.drop({
      sentBefore: this.clock.in(-SENT_KEPT_SECONDS),
      writtenBefore: this.clock.in(-KEPT_SECONDS),
    });
  }
}
