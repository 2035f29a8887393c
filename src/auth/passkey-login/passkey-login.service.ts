import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type RecognizedPasskey, Passkeys } from '../../mfa/factors/webauthn/passkeys';
import type { AuthResult } from '../../mfa/sign-in/dto/auth-result.dto';
import { SignIn } from '../../mfa/sign-in/sign-in.service';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import { SessionStore } from '../../tokens/sessions/session.store';
import { Accounts } from '../../users/accounts/accounts.store';
import { type PasskeyChallenge, PasskeyChallenges } from './passkey-challenges';
import { PasskeyLoginAudit, type RefusedPasskey } from './passkey-login-audit';
import type { PasskeyChallengeDto, PasskeyLoginDto } from './passkey-login.dto';

@Injectable()
export class PasskeyLoginService {
  constructor(
    private readonly transactions: Transactions,
    private readonly challenges: PasskeyChallenges,
    private readonly passkeys: Passkeys,
    private readonly accounts: Accounts,
    private readonly sessions: SessionStore,
    private readonly signIn: SignIn,
    private readonly audit: PasskeyLoginAudit,
  ) {}

  /** A challenge for any passkey of this service. Nothing is stored. @throws DomainError `not_found` where passkeys are off */
  async options(): Promise<PasskeyChallengeDto> {
    if (!this.passkeys.areOffered) throw new DomainError('not_found', { detail: 'Passkeys are not in use here.' });
    const { id, challenge } = this.challenges.issue();
    return { challengeId: id, publicKey: await this.passkeys.requestOptions(challenge) };
  }

  /**
   * Begins a session by a passkey that verified its user. Whatever is wrong is answered alike.
   *
   * @throws DomainError `invalid_credentials`
   */
  async login({ challengeId, credential }: PasskeyLoginDto, client: ClientInfo): Promise<AuthResult> {
    const challenge = this.challenges.open(challengeId);
    const recognition = challenge && (await this.passkeys.recognize(credential, challenge.challenge));
    // What a refusal writes, a locked passkey say, stays: it is returned, and thrown after the commit.
    const result = await this.transactions.run(async (tx) => {
      const outcome =
        challenge && recognition && 'passkey' in recognition
          ? await this.begin(tx, challenge, recognition.passkey, client)
          : { cause: 'challenge', ...recognition };
      if ('cause' in outcome) await this.audit.refused(tx, client, outcome);
      return outcome;
    });
    if ('cause' in result) throw invalidCredentials();
    return result;
  }

  private async begin(
    tx: EntityManager,
    challenge: PasskeyChallenge,
    passkey: RecognizedPasskey,
    client: ClientInfo,
  ): Promise<AuthResult | RefusedPasskey> {
    const { userId } = passkey.credential;
    const account = await this.accounts.findForSignIn(tx, userId);
    if (account?.status !== 'active') return { userId, cause: 'status' };
    // Before the counter: the same answer sent twice is no copy of the key.
    if (!(await this.challenges.use(tx, challenge))) return { userId, cause: 'replay' };
    const method = await this.passkeys.accept(tx, passkey, client);
    if (method === 'refused') return { userId, cause: 'factor' };
    const session = await this.sessions.create(tx, userId, method, client);
    const issued = await this.signIn.issue(tx, session, 'sign_in');
    // Disabled since it was read: nothing of this sign-in stays.
    if (issued === undefined) throw invalidCredentials();
    const { factorId } = passkey.credential;
    await this.audit.accepted(tx, client, { userId, sessionId: session.id, factorId, status: issued.status });
    return issued;
  }
}

/** One answer for every reason. */
function invalidCredentials(): DomainError {
  return new DomainError('invalid_credentials', { detail: 'The passkey was not accepted.' });
}
