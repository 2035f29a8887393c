import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CountersignClient,
  CountersignProblem,
  type SignInOutcome,
  type UsableFactor,
  type Verification,
} from '../client/countersign-client';
import { Transport } from '../client/transport';
import type { Narrator } from './narrator';
import { observedFetch, type SeenTokens } from './observed-fetch';

const USERNAME = 'grace.hopper';
const PAYOUT = { amount: '12.50', currency: 'EUR', beneficiary: 'Ada Lovelace' };

/** Something answered otherwise than it should. */
export class UnexpectedAnswer extends Error {}

/** The whole life of an account with two factors, as a client of the HTTP interface sees it. */
export class Journey {
  private readonly client: CountersignClient;
  /** The same server, without the client's care: for what a client would never do. */
  private readonly byHand: Transport;
  private readonly seen: SeenTokens;
  private readonly password = `demo-${randomBytes(12).toString('hex')}`;
  private secret = '';
  private usedCode = '';
  private recoveryCodes: string[] = [];

  constructor(
    baseUrl: string,
    private readonly narrator: Narrator,
  ) {
    const { fetch, seen } = observedFetch(narrator);
    this.client = new CountersignClient({ baseUrl, fetch });
    this.byHand = new Transport({ baseUrl, fetch });
    this.seen = seen;
  }

  async run(): Promise<void> {
    await this.passwordAlone();
    await this.firstFactor();
    await this.movingMoney();
    await this.loggingOut('Log out');
    await this.secondLogin();
    await this.refreshing();
    await this.loggingOut('Log out again');
    await this.recoveryCode();
    await this.loggingOut('Log out for good');
  }

  private async passwordAlone(): Promise<void> {
    this.narrator.step('Register an account');
    const user = await this.client.register({ username: USERNAME, password: this.password });
    this.expect(user.username === USERNAME, `a user named ${USERNAME}`);
    this.narrator.result('The account is there. Nobody is signed in yet.');

    this.narrator.step('Log in with the password');
    const outcome = await this.client.login(USERNAME, this.password);
    this.expect(outcome.status === 'authenticated' && outcome.session.acr === 'aal1', 'tokens of the level aal1');
    this.narrator.result('One factor was shown, and the access token says so: acr is aal1.');

    this.narrator.step('Look at the payout limits: a password is enough for that');
    await this.client.fetch('/v1/payouts/limits');
    this.narrator.result('Allowed.');

    this.narrator.step('Look at the payouts: that takes a second factor');
    await this.refused('mfa_enrollment_required', 401, this.client.fetch('/v1/payouts'));
    this.narrator.result('Refused: the account has no second factor, and the code says to enroll one.');
  }

  private async firstFactor(): Promise<void> {
    const refreshTokenBefore = this.seen.refreshToken;
    this.narrator.step('Enroll an authenticator app');
    const { factor, enrollment } = await this.client.enroll({ type: 'totp', name: 'Phone' });
    this.secret = enrollment.secret ?? '';
    this.expect(this.secret !== '' && enrollment.qrCode !== undefined, 'a secret and a QR code');
    this.narrator.result('A person would scan the QR code. The factor is pending until a code proves it.');

    this.narrator.step('Activate it with the first code');
    const { code } = await this.codes();
    const { recoveryCodes, outcome } = await this.client.activate(factor.id, { code });
    this.recoveryCodes = recoveryCodes ?? [];
    this.expect(this.recoveryCodes.length === 10, 'ten recovery codes');
    this.expectSecondFactor(outcome);
    this.narrator.result('Ten recovery codes, shown this once, and new tokens: acr is aal2.');

    this.narrator.step('Present the refresh token from before the second factor');
    const refresh = this.byHand.call('POST', '/v1/auth/refresh', { refreshToken: refreshTokenBefore });
    await this.refused('invalid_refresh_token', 401, refresh);
    this.narrator.result('Refused: a token won with a password alone never turns into one with two factors.');
  }

  private async movingMoney(): Promise<void> {
    this.narrator.step('Look at the payouts again');
    await this.client.fetch('/v1/payouts');
    this.narrator.result('Allowed: the session lives, and the token carries a verified second factor.');

    this.narrator.step('Request a payout: that takes a second factor verified in the last five minutes');
    const key = randomUUID();
    const first = await this.requestPayout(key);
    this.narrator.result('Created.');

    this.narrator.step('Send it again with the same Idempotency-Key, as after a lost answer');
    const second = await this.requestPayout(key);
    this.expect(first.id === second.id, `the same payout (${String(first.id)}), and not ${String(second.id)}`);
    this.narrator.result('The same payout: nobody is paid twice.');
  }

  private async secondLogin(): Promise<void> {
    this.narrator.step('Log in: the password alone is not enough any more');
    await this.loginWantingSecondFactor();
    this.narrator.result('No access token and no refresh token: an MFA token, good for the second factor only.');

    this.narrator.step('Try that MFA token where an access token belongs');
    const misuse = this.byHand.send('/v1/payouts', { method: 'GET' }, this.seen.mfaToken);
    await this.refused('token_invalid', 401, misuse);
    this.narrator.result('Refused: it is of another type, for another audience.');

    this.narrator.step('Answer the challenge with a wrong code');
    const challenge = await this.client.challenge();
    const { code, nextCode } = await this.codes();
    const wrong = this.client.verify(challenge.id, { code: neither(code, nextCode) });
    const { attemptsRemaining } = await this.refused('invalid_code', 400, wrong);
    this.expect(attemptsRemaining !== undefined, 'the number of tries that are left');
    this.narrator.result(`Refused; ${attemptsRemaining ?? 0} tries are left.`);

    this.narrator.step('Answer it with a right one');
    // The code of the activation is used up, and so is its time step: the next step's is taken already.
    this.usedCode = (await this.codes()).nextCode;
    this.expectSecondFactor(await this.client.verify(challenge.id, { code: this.usedCode }));
    this.narrator.result('Signed in with two factors.');

    this.narrator.step('Look at the payouts with the new access token');
    await this.client.fetch('/v1/payouts');
    this.narrator.result('Allowed.');
  }

  private async refreshing(): Promise<void> {
    const before = this.seen.refreshToken;
    this.narrator.step('Refresh');
    this.expectSecondFactor(await this.client.refresh());
    const current = this.seen.refreshToken;
    this.expect(current !== before, 'another refresh token');
    this.narrator.result('New tokens. The second factor is still fresh, so acr stays aal2.');

    this.narrator.step('Present the refresh token before it at once, as a second tab would');
    await this.byHand.call('POST', '/v1/auth/refresh', { refreshToken: before });
    this.expect(this.seen.refreshToken === current, 'the current refresh token once more');
    this.narrator.result('For 30 seconds that leads to the current token. Later it would count as stolen.');
  }

  private async recoveryCode(): Promise<void> {
    this.narrator.step('Log in once more, and try the code that was used before');
    const factors = await this.loginWantingSecondFactor();
    const challenge = await this.client.challenge();
    await this.refused('invalid_code', 400, this.client.verify(challenge.id, { code: this.usedCode }));
    this.narrator.result('Refused: a code works once, also while its time has not run out.');

    this.narrator.step('The phone is lost: use a recovery code');
    const recovery = factors.find((factor) => factor.type === 'recovery_code');
    this.expect(recovery !== undefined, 'recovery codes among the factors that may be used');
    const { id } = await this.client.challenge(recovery?.id);
    this.expectSecondFactor(await this.client.verify(id, { code: this.recoveryCodes[0] ?? '' }));
    this.narrator.result('Signed in. Nine recovery codes are left.');
  }

  private async loggingOut(title: string): Promise<void> {
    const { accessToken } = this.seen;
    this.narrator.step(title);
    await this.client.logout();
    this.narrator.result('The session is over.');

    this.narrator.step('Try its access token');
    await this.refused('token_invalid', 401, this.onceRevoked(accessToken));
    this.narrator.result('Refused, although the token had minutes to live.');
  }

  /** A revocation reaches every replica within a second: until then the token may still pass. */
  private async onceRevoked(accessToken: string): Promise<unknown> {
    for (let tries = 0; tries < 3; tries += 1) {
      await this.byHand.send('/v1/payouts/limits', { method: 'GET' }, accessToken);
      await sleep(1_000);
    }
    return this.byHand.send('/v1/payouts/limits', { method: 'GET' }, accessToken);
  }

  private async loginWantingSecondFactor(): Promise<UsableFactor[]> {
    const outcome = await this.client.login(USERNAME, this.password);
    if (outcome.status !== 'mfa_required') throw new UnexpectedAnswer(`mfa_required was due, not ${outcome.status}`);
    return outcome.factors;
  }

  private async requestPayout(key: string): Promise<{ id?: unknown }> {
    const response = await this.client.fetch('/v1/payouts', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(PAYOUT),
    });
    return (await response.json()) as { id?: unknown };
  }

  /** What an authenticator app would show; the development server computes it for whoever has no phone at hand. */
  private async codes(): Promise<{ code: string; nextCode: string }> {
    const answer = await this.byHand.call('POST', '/dev/totp', { secret: this.secret });
    return answer as { code: string; nextCode: string };
  }

  private expectSecondFactor(outcome: SignInOutcome | Verification | { status: 'signed_out' }): void {
    const acr = outcome.status === 'authenticated' ? outcome.session.acr : outcome.status;
    this.expect(acr === 'aal2', `tokens of the level aal2, and not ${acr}`);
  }

  private expect(met: boolean, due: string): void {
    if (!met) throw new UnexpectedAnswer(`What was due: ${due}.`);
  }

  private async refused(code: string, status: number, call: Promise<unknown>): Promise<CountersignProblem> {
    try {
      await call;
    } catch (error) {
      if (!(error instanceof CountersignProblem)) throw error;
      if (error.code === code && error.status === status) return error;
      throw new UnexpectedAnswer(`It should have been refused with ${status} ${code}, and not ${error.message}`);
    }
    throw new UnexpectedAnswer(`It should have been refused with ${status} ${code}, and was allowed.`);
  }
}

/** Six digits that are neither code. */
function neither(...codes: string[]): string {
  return ['135790', '246801', '864209'].find((candidate) => !codes.includes(candidate)) ?? '000000';
}
