import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { OneTimeTokenStore } from './one-time-tokens/one-time-token.store';

const EVERY_MS = 5 * 60 * 1000;

/** Drops one-time tokens that are too old to be used. */
@Injectable()
export class UserHousekeeping {
  constructor(
    private readonly dataSource: DataSource,
    private readonly oneTimeTokens: OneTimeTokenStore,
  ) {}

  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    await this.oneTimeTokens.dropExpired(this.dataSource.manager);
  }
}
