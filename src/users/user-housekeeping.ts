import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { ContactAttemptStore } from './contact-limits/contact-attempt.store';
import { OneTimeTokenStore } from './one-time-tokens/one-time-token.store';
import { SeenClientStore } from './seen-clients/seen-client.store';

const EVERY_MS = 5 * 60 * 1000;

/** Drops one-time tokens that are too old to be used, counts of messages and guesses whose time is over, and clients not seen for long. */
@Injectable()
export class UserHousekeeping {
  constructor(
    private readonly dataSource: DataSource,
    private readonly oneTimeTokens: OneTimeTokenStore,
    private readonly contactAttempts: ContactAttemptStore,
    private readonly seenClients: SeenClientStore,
  ) {}

  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    const { manager } = this.dataSource;
    await this.oneTimeTokens.dropExpired(manager);
    await this.contactAttempts.dropEnded(manager);
    await this.seenClients.dropOld(manager);
  }
}
