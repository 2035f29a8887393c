import { type Activation, authResult, outcomeOf, type SignInOutcome, type Verification } from './auth-result';
import type {
  Challenge,
  Enrollment,
  EnrollmentRequest,
  FactorList,
  PasskeyChallenge,
  Proof,
  Registration,
  Session,
  User,
} from './contract';
import { GuardedCalls } from './guarded-calls';
import { MfaCalls } from './mfa-calls';
import { type StepUpDemand, StepUpDesk, type StepUpHandler } from './step-up';
import { TokenKeeper, type TokenKeeperOptions } from './token-keeper';
import { Transport, type TransportOptions } from './transport';

export interface CountersignClientOptions extends TransportOptions, TokenKeeperOptions {
  /** Asks the person for more where a guard or a refresh demands it. Without one, callers get the problem. */
  onStepUp?: StepUpHandler;
}

/**
 * A client of Countersign for browsers, Node and whatever else has `fetch`. It keeps the tokens, renews them, and asks the
 * application for a step-up; the application never handles a token.
 *
 * Every method throws `CountersignProblem` for an answer of 400 or above, and `CountersignUnreachable` where none came.
 *
 * @example
 * const client = new CountersignClient({ baseUrl: 'https://api.example.com', onStepUp: askForCode });
 * const outcome = await client.login('ada', password);
 * if (outcome.status === 'mfa_required') {
 *   const challenge = await client.challenge();
 *   await client.verify(challenge.id, { code });
 * }
 * const payouts = await client.fetch('/v1/payouts');
 */
export class CountersignClient {
  private readonly transport: Transport;
  private readonly keeper: TokenKeeper;
  private readonly guarded: GuardedCalls;
  private readonly mfa: MfaCalls;

  constructor(options: CountersignClientOptions) {
    this.transport = new Transport(options);
    this.keeper = new TokenKeeper(this.transport, options);
    const { onStepUp } = options;
    const ask = async (demand: StepUpDemand) => (await onStepUp?.({ ...demand, ...this.waysToGoOn() })) ?? false;
    const desk = new StepUpDesk(ask, async () => (await this.keeper.current())?.accessToken);
    this.guarded = new GuardedCalls(this.keeper, desk);
    this.mfa = new MfaCalls(this.transport, this.keeper, this.guarded, true);
  }

  /** Signs nobody in. */
  async register(registration: Registration): Promise<User> {
    const answer = await this.transport.call('POST', '/v1/auth/register', registration);
    return (answer as { user: User }).user;
  }

  /** `mfa_required`: go on with `challenge` and `verify`. `mfa_enrollment_required`: with `enroll` and `activate`. */
  async login(identifier: string, password: string): Promise<SignInOutcome> {
    const result = await this.keeper.begin(async (deviceToken) => {
      const body = deviceToken === undefined ? { identifier, password } : { identifier, password, deviceToken };
      return authResult(await this.transport.call('POST', '/v1/auth/login', body));
    });
    return outcomeOf(result);
  }

  /** What `navigator.credentials.get()` needs to sign in with a passkey, and `loginWithPasskey` after it. */
  async passkeyChallenge(): Promise<PasskeyChallenge> {
    return (await this.transport.call('POST', '/v1/auth/passkey/options', {})) as PasskeyChallenge;
  }

  /**
   * Signs in without name and password.
   *
   * @param credential what `navigator.credentials.get()` gave, as JSON
   * @example
   * const { challengeId, publicKey } = await client.passkeyChallenge();
   * const options = { publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) };
   * const credential = await navigator.credentials.get(options);
   * await client.loginWithPasskey(challengeId, credential.toJSON());
   */
  async loginWithPasskey(challengeId: string, credential: unknown): Promise<SignInOutcome> {
    const body = { challengeId, credential };
    return outcomeOf(
      await this.keeper.begin(async () =>
        authResult(await this.transport.call('POST', '/v1/auth/passkey/login', body)),
      ),
    );
  }

  /** The factors of the account, and the types it may enroll. */
  factors(): Promise<FactorList> {
    return this.mfa.factors();
  }

  enroll(request: EnrollmentRequest): Promise<Enrollment> {
    return this.mfa.enroll(request);
  }

  /** Proves a new factor. The first one comes with recovery codes; new tokens replace the old ones. */
  activate(factorId: string, proof: Proof): Promise<Activation> {
    return this.mfa.activate(factorId, proof);
  }

  /** Without a factor: the preferred one. */
  challenge(factorId?: string): Promise<Challenge> {
    return this.mfa.challenge(factorId);
  }

  /** Proves a factor; new tokens replace the old ones. */
  verify(challengeId: string, proof: Proof): Promise<Verification> {
    return this.mfa.verify(challengeId, proof);
  }

  /** With a factor enrolled the outcome is `mfa_required`: go on with `challenge` and `verify`. */
  reauthenticate(password: string): Promise<SignInOutcome> {
    return this.mfa.reauthenticate(password);
  }

  /** Renews the tokens now. `fetch` does so by itself; this is for an application that wants to know where it stands. */
  async refresh(): Promise<SignInOutcome | { status: 'signed_out' }> {
    const signIn = await this.keeper.current();
    if (signIn === undefined) return { status: 'signed_out' };
    const standing = await this.keeper.insteadOf(signIn.accessToken);
    if (standing.is === 'signed_out') return { status: 'signed_out' };
    if (standing.is === 'signed_in') return { status: 'authenticated', session: standing.signIn.session };
    const { status, reason, factors } = standing.pending;
    return { status, reason, factors };
  }

  /** Ends the session. The tokens are gone from this device also when the server could not be told. */
  async logout(): Promise<void> {
    await this.keeper.end(async (signIn, pending) => {
      const bearer = signIn?.accessToken ?? pending?.mfaToken;
      if (bearer === undefined) return;
      const body = signIn === undefined ? undefined : { refreshToken: signIn.refreshToken };
      await this.transport.call('POST', '/v1/auth/logout', body, bearer);
    });
  }

  /** The session as the newest tokens describe it; nothing while nobody is signed in. */
  async session(): Promise<Session | undefined> {
    return (await this.keeper.current())?.session;
  }

  /**
   * `fetch` for guarded routes: renews the access token ahead of its end, sends the request again once after
   * `token_invalid`, and once after a step-up. The answer is always one below 400.
   *
   * A body that is a stream cannot be sent again: such a request is refused once and for all. Give a request that moves
   * money an `Idempotency-Key`: it stays the same when the request is sent again.
   */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const replayable = !(init.body instanceof ReadableStream);
    return this.guarded.run((token) => this.transport.send(path, init, token), { stepUp: true, replayable });
  }

  private waysToGoOn() {
    const mfa = new MfaCalls(this.transport, this.keeper, this.guarded, false);
    return {
      factors: () => mfa.factors(),
      challenge: (factorId?: string) => mfa.challenge(factorId),
      verify: (challengeId: string, proof: Proof) => mfa.verify(challengeId, proof),
      enroll: (request: EnrollmentRequest) => mfa.enroll(request),
      activate: (factorId: string, proof: Proof) => mfa.activate(factorId, proof),
      reauthenticate: (password: string) => mfa.reauthenticate(password),
    };
  }
}

export * from './contract';
export { CountersignProblem, CountersignUnreachable } from './problem';
export type { FieldError, Requirement, StepUpCode } from './problem';
export type { Activation, SignInOutcome, Verification } from './auth-result';
export type { StepUp, StepUpHandler } from './step-up';
export type { SignedOutReason } from './token-keeper';
export { MemoryTokenStore, TokenStore } from './token-store';
export type { SignIn, StoredState } from './token-store';
export type { Lock } from './mutex';
