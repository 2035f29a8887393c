import { Injectable } from '@nestjs/common';
import { SessionEndings } from '../../tokens/sessions/session-endings.store';
import { type ActingCaller, AdministrativeActs } from '../acts/administrative-acts';

@Injectable()
export class RevokeSessionsService {
  constructor(
    private readonly acts: AdministrativeActs,
    private readonly sessions: SessionEndings,
  ) {}

  /** Ends every session of an account, and its access tokens. @throws DomainError `not_found`, `forbidden`, `token_invalid` */
  async revoke(by: ActingCaller, userId: string): Promise<void> {
    await this.acts.onAccount(by, {
      userId,
      type: 'account.sessions_revoked',
      act: (tx) => this.sessions.endAll(tx, userId, 'ended_by_administrator'),
    });
  }
}
