import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { RevocationLog } from './revocation/revocation-log';
import { SessionStore } from './sessions/session.store';

const EVERY_MS = 5 * 60 * 1000;

/** Drops rows that no token can mean any more. Any replica may do it, at any time. */
@Injectable()
export class TokenHousekeeping {
  constructor(
    private readonly dataSource: DataSource,
    private readonly revocations: RevocationLog,
    private readonly sessions: SessionStore,
  ) {}

  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    await this.revocations.dropExpired();
    await this.sessions.dropOver(this.dataSource.manager);
  }
}
