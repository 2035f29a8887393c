import { Injectable } from '@nestjs/common';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import type { AuthResult } from '../../mfa/sign-in/dto/auth-result.dto';
import { RefreshTokenCodec } from '../../tokens/refresh-tokens/refresh-token-codec';
import { RevocationPoller } from '../../tokens/revocation/revocation-poller';
import { ContinueSessionService } from './continue-session.service';
import { RefreshAudit, type RefreshRefusal } from './refresh-audit';
import type { ShownRefreshToken } from './shown-refresh-token';

/** How often a refresh looks again after another one was quicker. Each round, one of those who race gets through. */
const MAX_ROUNDS = 5;

/** Refusals that end the session: its access tokens are refused here before the answer is sent. */
const ENDS_SESSION: ReadonlySet<RefreshRefusal> = new Set<RefreshRefusal>(['reused', 'account', 'risk']);

@Injectable()
export class RefreshService {
  constructor(
    private readonly transactions: Transactions,
    private readonly refreshTokens: RefreshTokenCodec,
    private readonly sessions: ContinueSessionService,
    private readonly revocations: RevocationPoller,
    private readonly audit: RefreshAudit,
  ) {}

  /**
   * New tokens for a refresh token. One that ends in `mfa_required` uses nothing up.
   *
   * @throws DomainError `invalid_refresh_token`, `service_busy`
   */
  async refresh({ token, transport }: ShownRefreshToken, client: ClientInfo): Promise<AuthResult> {
    const decoded = this.refreshTokens.decode(token);
    if (decoded === undefined) throw this.refused('forged');
    const presented = { ...decoded, transport };
    for (let round = 0; round < MAX_ROUNDS; round++) {
      // The end of a session after reuse stays: a refusal is returned, and thrown after the commit.
      const attempt =
        (await this.transactions.direct((db) => this.sessions.atOnce(db, presented, client))) ??
        (await this.transactions.run((tx) => this.sessions.continue(tx, presented, client)));
      if (attempt === 'again') continue;
      if ('result' in attempt) {
        this.audit.count(attempt.outcome);
        return attempt.result;
      }
      if (ENDS_SESSION.has(attempt.refusal)) await this.revocations.catchUp();
      throw this.refused(attempt.refusal);
    }
    this.audit.count('busy');
    throw new DomainError('service_busy', { detail: 'Too many refreshes of one session at once.', retryAfter: 1 });
  }

  /** One answer for every cause; the cause goes to log and metrics. */
  private refused(cause: RefreshRefusal): DomainError {
    this.audit.count(cause);
    return new DomainError('invalid_refresh_token', { detail: 'Sign in again.', reason: `refresh token ${cause}` });
  }
}
