import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { PasskeyChallenges } from './passkey-challenges';

const EVERY_MS = 5 * 60 * 1000;

/** Forgets challenges that are too old to be used again. */
@Injectable()
export class PasskeyHousekeeping {
  constructor(
    private readonly dataSource: DataSource,
    private readonly challenges: PasskeyChallenges,
  ) {}

  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    await this.challenges.dropExpired(this.dataSource.manager);
  }
}
