import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import type { AuthResult } from '../../mfa/sign-in/dto/auth-result.dto';
import { SignIn } from '../../mfa/sign-in/sign-in.service';
import { passwordMethod } from '../../tokens/sessions/session';
import { SessionStore } from '../../tokens/sessions/session.store';
import { Accounts } from '../../users/accounts/accounts.store';
import { PasswordAttempts } from '../../users/password-attempts/password-attempts.service';
import { PasswordStore } from '../../users/passwords/password.store';
import { LoginAudit } from './login-audit';
import type { LoginDto } from './login.dto';

@Injectable()
export class LoginService {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly passwords: PasswordAttempts,
    private readonly storedPasswords: PasswordStore,
    private readonly sessions: SessionStore,
    private readonly signIn: SignIn,
    private readonly audit: LoginAudit,
    private readonly clock: Clock,
  ) {}

  /**
   * Checks a password and begins a session. An unknown account, a wrong password, a locked account and a disabled one are
   * answered alike, in the same time.
   *
   * @throws DomainError `invalid_credentials`, `service_busy`
   */
  async login({ identifier, password, deviceToken }: LoginDto, client: ClientInfo): Promise<AuthResult> {
    this.passwords.assertRoom();
    const userId = await this.accounts.findIdByIdentifier(identifier);
    const attempt = await this.passwords.verify({ userId, password, deviceToken, ip: client.ip });
    const result = await this.transactions.run(async (tx) => {
      if (userId === undefined || attempt.verdict !== 'right') {
        const cause = attempt.verdict === 'locked' ? 'locked' : 'password';
        await this.audit.refused(tx, { identifier, userId, client, cause });
        return undefined;
      }
      const account = await this.accounts.findForSignIn(tx, userId);
      if (account?.status !== 'active') {
        await this.audit.refused(tx, { identifier, userId, client, cause: 'status' });
        return undefined;
      }
      const method = passwordMethod(this.clock.nowInSeconds());
      const isNewDevice = !attempt.isKnownDevice;
      const session = await this.sessions.create(tx, userId, method, client, { isNewDevice });
      const issued = await this.signIn.issue(tx, session, 'sign_in');
      // Disabled since it was read, or the password was changed: nothing of this sign-in stays.
      if (issued === undefined || !(await this.storedPasswords.holds(tx, attempt.proof))) throw invalidCredentials();
      await this.audit.accepted(tx, { userId, client, sessionId: session.id, status: issued.status });
      return issued;
    });
    if (result === undefined) throw invalidCredentials();
    return result;
  }
}

/** One answer for every reason. */
function invalidCredentials(): DomainError {
  return new DomainError('invalid_credentials', { detail: 'The name or the password is not right.' });
}
