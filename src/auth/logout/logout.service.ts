import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../platform/audit/audit-log';
import { Transactions } from '../../platform/database/transactions';
import type { ClientInfo } from '../../platform/http/client-info';
import { SessionOfToken } from '../../tokens/sessions/session-of-token';
import { RefreshTokenCodec } from '../../tokens/refresh-tokens/refresh-token-codec';
import { RevocationPoller } from '../../tokens/revocation/revocation-poller';
import { SessionEndings } from '../../tokens/sessions/session-endings.store';
import { SessionStore } from '../../tokens/sessions/session.store';

export interface LogoutRequest {
  readonly authorization: string | undefined;
  readonly refreshToken: string | undefined;
  /** The refresh token of the cookie. */
  readonly cookie: string | undefined;
}

@Injectable()
export class LogoutService {
  constructor(
    private readonly transactions: Transactions,
    private readonly sessions: SessionStore,
    private readonly endings: SessionEndings,
    private readonly sessionOfToken: SessionOfToken,
    private readonly refreshTokens: RefreshTokenCodec,
    private readonly revocations: RevocationPoller,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Ends the session of whatever token is shown: access token, MFA token or refresh token, expired ones included. Nothing left
   * to end is no error.
   */
  async logout({ authorization, refreshToken, cookie }: LogoutRequest, { ip }: ClientInfo): Promise<void> {
    const shown = [
      { sessionId: authorization === undefined ? undefined : this.sessionOfToken.find(authorization) },
      { sessionId: this.sessionOf(refreshToken), transport: 'body' },
      { sessionId: this.sessionOf(cookie), transport: 'cookie' },
    ] as const;
    if (shown.every(({ sessionId }) => sessionId === undefined)) return;
    await this.transactions.run(async (tx) => {
      for (const { sessionId, ...by } of shown) {
        const session = sessionId && (await this.sessions.find(tx, sessionId));
        if (!session || ('transport' in by && by.transport !== session.transport)) continue;
        if (!(await this.endings.end(tx, sessionId, 'logout'))) continue;
        const event = { type: 'session.logout', outcome: 'success', actorId: session.userId, sessionId, ip } as const;
        await this.audit.record(tx, event);
      }
    });
    await this.revocations.catchUp();
  }

  private sessionOf(refreshToken: string | undefined): string | undefined {
    return refreshToken === undefined ? undefined : this.refreshTokens.decode(refreshToken)?.sessionId;
  }
}
