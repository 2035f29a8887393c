import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock } from '../clock/clock';
import { Outbox } from './outbox';

const EVERY_MS = 60 * 60 * 1000;
const KEPT_SECONDS = 7 * 86_400;

@Injectable()
export class OutboxHousekeeping {
  constructor(
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    await this.outbox.dropBefore(this.clock.in(-KEPT_SECONDS));
  }
}
