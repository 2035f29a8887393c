import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { PhoneVerificationStore } from './phone-verification.store';

const EVERY_MS = 5 * 60 * 1000;

/** Forgets numbers that nobody confirmed. */
@Injectable()
export class ContactHousekeeping {
  constructor(
    private readonly dataSource: DataSource,
    private readonly phones: PhoneVerificationStore,
  ) {}

  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    await this.phones.dropOld(this.dataSource.manager);
  }
}
