import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Principal } from '../../access/principal';
import { AuditLog } from '../../platform/audit/audit-log';
import { Clock } from '../../platform/clock/clock';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import type { AuthResult } from '../../mfa/sign-in/dto/auth-result.dto';
import { SignIn } from '../../mfa/sign-in/sign-in.service';
import { invalidToken } from '../../tokens/access-tokens/bearer-token';
import { passwordMethod } from '../../tokens/sessions/session';
import { SessionStore } from '../../tokens/sessions/session.store';
import { SessionPassword } from './session-password';

@Injectable()
export class ReauthenticationService {
  constructor(
    private readonly transactions: Transactions,
    private readonly password: SessionPassword,
    private readonly sessions: SessionStore,
    private readonly signIn: SignIn,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Confirms the password in a running session. With a factor enrolled that alone moves no clock: the answer is
   * `mfa_required`, and the factor moves them.
   *
   * @throws DomainError `invalid_credentials`, also for the fifth wrong one in a row, which ends the session; `token_invalid`,
   *   `service_busy`
   */
  async reauthenticate(principal: Principal, password: string, client: ClientInfo): Promise<AuthResult> {
    const { userId, sessionId } = principal;
    const isRight = (await this.password.verify(principal, password, client.ip)) !== undefined;
    const result = await this.transactions.run(async (tx) => {
      await this.audit.record(tx, {
        type: 'session.reauthenticated',
        outcome: isRight ? 'success' : 'failure',
        actorId: userId,
        sessionId,
        ip: client.ip,
      });
      return isRight ? this.continue(tx, sessionId, client) : undefined;
    });
    if (!isRight) throw new DomainError('invalid_credentials', { detail: 'The password is not right.' });
    if (result === undefined) throw invalidToken('the session is over');
    return result;
  }

  private async continue(tx: EntityManager, sessionId: string, client: ClientInfo): Promise<AuthResult | undefined> {
    const session = await this.sessions.find(tx, sessionId);
    if (!session?.isLiveAt(this.clock.now())) return undefined;
    const evaluation = await this.signIn.evaluate(tx, session, 'reauthentication');
    if (evaluation === undefined || evaluation.decision.status === 'refused') return undefined;
    if (evaluation.decision.status !== 'authenticated') return this.signIn.mint(tx, session, evaluation);
    const method = passwordMethod(this.clock.nowInSeconds());
    const renewed = await this.sessions.recordPassword(tx, sessionId, method, client);
    return renewed && this.signIn.mint(tx, renewed, evaluation);
  }
}
