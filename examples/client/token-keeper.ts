import type { AuthResult, Authenticated, SecondFactorWanted } from './contract';
import { authResult } from './auth-result';
import { type Lock, mutex } from './mutex';
import { CountersignProblem, CountersignUnreachable, isTransient } from './problem';
import { MemoryTokenStore, type SignIn, type StoredState, type TokenStore } from './token-store';
import type { Transport } from './transport';

export type SignedOutReason = 'logged_out' | 'session_ended';

export interface TokenKeeperOptions {
  /** Default: memory. */
  store?: TokenStore;
  /** Mutual exclusion among all clients of one store, such as tabs. Default: within this client. */
  lock?: Lock;
  /** Seconds ahead of `exp` at which an access token is renewed. Default: 30; never more than half its life. */
  refreshAhead?: number;
  /** Nobody is signed in any more: after `logout`, or because the session has ended. */
  onSignedOut?: (reason: SignedOutReason) => void;
}

/** A sign-in that waits for a second factor. It is kept in memory only, for its five minutes. */
export interface PendingSignIn extends SecondFactorWanted {
  /** Milliseconds on this device's clock. */
  expiresAt: number;
}

export type Standing =
  | { is: 'signed_in'; signIn: SignIn }
  | { is: 'pending'; pending: PendingSignIn; signIn: SignIn }
  | { is: 'signed_out' };

/** How long a refresh ahead of time is left alone after it failed and named no time itself. */
const PAUSE_AFTER_FAILURE = 5_000;

/** Keeps the tokens of one sign-in, and renews them: one refresh at a time, and none beside another exchange. */
export class TokenKeeper {
  private readonly store: TokenStore;
  private readonly lock: Lock;
  private readonly refreshAhead: number;
  private waiting: PendingSignIn | undefined;
  private refreshing: Promise<Standing> | undefined;
  private postponed: { accessToken: string; until: number } | undefined;

  constructor(
    private readonly transport: Transport,
    private readonly options: TokenKeeperOptions,
  ) {
    this.store = options.store ?? new MemoryTokenStore();
    this.lock = options.lock ?? mutex();
    this.refreshAhead = options.refreshAhead ?? 30;
  }

  async state(): Promise<StoredState> {
    return this.store.load();
  }

  async current(): Promise<SignIn | undefined> {
    return (await this.state()).signIn;
  }

  /** The pending sign-in, while its MFA token lives. */
  get pending(): PendingSignIn | undefined {
    if (this.waiting !== undefined && this.transport.now() >= this.waiting.expiresAt) this.waiting = undefined;
    return this.waiting;
  }

  dropPending(): void {
    this.waiting = undefined;
  }

  isAlive(signIn: SignIn): boolean {
    return this.transport.now() < signIn.expiresAt;
  }

  /** Tokens that may be used now; they are renewed first where that is due. */
  async usable(): Promise<Standing> {
    const signIn = await this.current();
    if (signIn === undefined) return { is: 'signed_out' };
    if (!this.isDue(signIn)) return { is: 'signed_in', signIn };
    try {
      return await this.insteadOf(signIn.accessToken);
    } catch (error) {
      if (!this.isAlive(signIn) || !isTransient(error)) throw error;
      const pause = error instanceof CountersignProblem ? error.retryAfter : undefined;
      this.postpone(signIn, this.transport.now() + (pause === undefined ? PAUSE_AFTER_FAILURE : pause * 1000));
      return { is: 'signed_in', signIn };
    }
  }

  /** Uses an access token up to `until` (or its end) before trying again to renew it. */
  postpone(signIn: SignIn, until = signIn.expiresAt): void {
    this.postponed = { accessToken: signIn.accessToken, until };
  }

  /** Tokens in place of one that is no good any more. Whoever asks meanwhile shares the answer. */
  insteadOf(accessToken: string): Promise<Standing> {
    this.refreshing ??= this.lock(() => this.refresh(accessToken)).finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  /**
   * A call that may answer with new tokens. It runs under the lock: a refresh that crossed it would present a token that
   * a verified factor has just put out of use.
   */
  exchange<T>(call: () => Promise<T>, resultOf: (answer: T) => AuthResult | undefined): Promise<T> {
    return this.lock(async () => {
      const askedAt = this.transport.now();
      const answer = await call();
      const result = resultOf(answer);
      if (result !== undefined) await this.accept(result, askedAt);
      return answer;
    });
  }

  /** A login: what was kept of an earlier sign-in goes, also while the new one is still pending. */
  begin(call: (deviceToken: string | undefined) => Promise<AuthResult>): Promise<AuthResult> {
    return this.lock(async () => {
      const askedAt = this.transport.now();
      const { deviceToken } = await this.state();
      const result = await call(deviceToken);
      await this.forget();
      await this.accept(result, askedAt);
      return result;
    });
  }

  /** A logout: nothing stays on this device, whether or not the server could be told. */
  end(call: (signIn: SignIn | undefined, pending: PendingSignIn | undefined) => Promise<unknown>): Promise<void> {
    return this.lock(async () => {
      try {
        await call(await this.current(), this.pending);
      } finally {
        await this.signOut('logged_out');
      }
    });
  }

  private isDue(signIn: SignIn): boolean {
    const now = this.transport.now();
    if (now >= signIn.expiresAt) return true;
    const postponed = this.postponed?.accessToken === signIn.accessToken && now < this.postponed.until;
    return now >= signIn.refreshAt && !postponed;
  }

  private async refresh(stale: string): Promise<Standing> {
    const signIn = await this.current();
    if (signIn === undefined) return { is: 'signed_out' };
    // Another tab, or a verified factor, was quicker.
    if (signIn.accessToken !== stale) return { is: 'signed_in', signIn };
    const askedAt = this.transport.now();
    try {
      return await this.accept(await this.presentTwice(signIn.refreshToken), askedAt, signIn);
    } catch (error) {
      if (!(error instanceof CountersignProblem) || error.code !== 'invalid_refresh_token') throw error;
      const now = await this.current();
      if (now !== undefined && now.refreshToken !== signIn.refreshToken) return { is: 'signed_in', signIn: now };
      await this.signOut('session_ended');
      throw error;
    }
  }

  /**
   * The server may have rotated although no answer came. Presented again at once, the same token is taken for what it is,
   * a lost answer; presented after the grace time, it would count as stolen and end the session.
   */
  private async presentTwice(refreshToken: string): Promise<AuthResult> {
    const present = async () => authResult(await this.transport.call('POST', '/v1/auth/refresh', { refreshToken }));
    try {
      return await present();
    } catch (error) {
      const lost = error instanceof CountersignUnreachable;
      const lostByProxy = error instanceof CountersignProblem && (error.status === 502 || error.status === 504);
      if (!lost && !lostByProxy) throw error;
      return present();
    }
  }

  private async accept(result: AuthResult, askedAt: number, before?: SignIn): Promise<Standing> {
    if (result.status !== 'authenticated') {
      // The refresh token stays as it is: this answer has used nothing up.
      this.waiting = { ...result, expiresAt: askedAt + result.expiresIn * 1000 };
      return before === undefined ? { is: 'signed_out' } : { is: 'pending', pending: this.waiting, signIn: before };
    }
    const signIn = this.signInFrom(result, askedAt);
    const deviceToken = result.deviceToken ?? (await this.state()).deviceToken;
    await this.store.save(deviceToken === undefined ? { signIn } : { signIn, deviceToken });
    this.waiting = undefined;
    return { is: 'signed_in', signIn };
  }

  /** Lifetimes count from when the question was asked: the answer may have been long on its way. */
  private signInFrom(result: Authenticated, askedAt: number): SignIn {
    const { accessToken, refreshToken, expiresIn, session } = result;
    if (refreshToken === undefined) {
      throw new CountersignProblem({ status: 200, code: 'unexpected_answer', detail: 'No refresh token in the body' });
    }
    const ahead = Math.min(this.refreshAhead, expiresIn / 2);
    const expiresAt = askedAt + expiresIn * 1000;
    return { accessToken, refreshToken, session, expiresAt, refreshAt: expiresAt - ahead * 1000 };
  }

  private async signOut(reason: SignedOutReason): Promise<void> {
    await this.forget();
    this.options.onSignedOut?.(reason);
  }

  private async forget(): Promise<void> {
    const { deviceToken } = await this.state();
    this.waiting = undefined;
    await this.store.save(deviceToken === undefined ? {} : { deviceToken });
  }
}
