import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { ChallengeStore } from './challenges/challenge.store';
import { FactorStore } from './factors/factor.store';

const EVERY_MS = 5 * 60 * 1000;

/** Drops challenges and pending factors that nobody can finish any more. */
@Injectable()
export class MfaHousekeeping {
  constructor(
    private readonly dataSource: DataSource,
    private readonly challenges: ChallengeStore,
    private readonly factors: FactorStore,
  ) {}

  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    const { manager } = this.dataSource;
    await this.challenges.dropExpired(manager);
    await this.factors.dropLapsed(manager);
  }
}
