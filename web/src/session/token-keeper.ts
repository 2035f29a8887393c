import type { AuthResult, Authenticated, SecondFactorWanted, Session } from '../api/contract';
import { isProblem, Unreachable } from '../api/problem';
import type { Lock } from './lock';

/** Held in memory, and nowhere else. */
export interface SignIn {
  readonly accessToken: string;
  readonly session: Session;
  /** Milliseconds on this device's clock. */
  readonly expiresAt: number;
  readonly refreshAt: number;
}

export type SignedOutWhy = 'nobody' | 'logged_out' | 'session_ended' | 'elsewhere';

export type Standing =
  | { readonly is: 'unknown' }
  | { readonly is: 'signed_out'; readonly why: SignedOutWhy }
  /** Half a sign-in: a second factor is wanted. */
  | { readonly is: 'pending'; readonly wanted: SecondFactorWanted }
  | { readonly is: 'signed_in'; readonly signIn: SignIn };

/** What other tabs have to know: somebody signed in, signed out, or has newer tokens. */
export type TabNews = 'signed_in' | 'signed_out' | 'renewed';

export interface TokenKeeperOptions {
  /** Presents the cookie. */
  readonly refresh: () => Promise<AuthResult>;
  readonly lock: Lock;
  readonly now: () => number;
  readonly tellTabs: (news: TabNews) => void;
  /** It spares this device from the account's password lock, at the next sign-in as well. */
  readonly keepDeviceToken: (deviceToken: string) => void;
}

/** Seconds ahead of its end at which an access token is renewed; never more than half its life. */
const AHEAD = 30;

/** Keeps the tokens of one sign-in and renews them: one refresh at a time, and none beside another exchange. */
export class TokenKeeper {
  private now: Standing = { is: 'unknown' };
  private isStale = false;
  private refreshing: Promise<SignIn | SecondFactorWanted> | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly options: TokenKeeperOptions) {}

  get standing(): Standing {
    return this.now;
  }

  get signIn(): SignIn | undefined {
    return this.now.is === 'signed_in' ? this.now.signIn : undefined;
  }

  /** @returns what ends it */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Finds out who is signed in, by the cookie alone. @throws Unreachable, ApiProblem; the standing is as before then */
  async restore(): Promise<void> {
    try {
      const found = await this.renew();
      if ('mfaToken' in found) this.become({ is: 'pending', wanted: found });
    } catch (error) {
      if (!isProblem(error, 'invalid_refresh_token')) throw error;
    }
  }

  /** A token that may be used now, renewed first where that is due; or the second factor that the refresh wants. */
  async usable(): Promise<SignIn | SecondFactorWanted> {
    const signIn = this.signIn;
    if (signIn === undefined) throw new Error('Nobody is signed in');
    const time = this.options.now();
    if (!this.isStale && time < signIn.refreshAt) return signIn;
    try {
      return await this.renew();
    } catch (error) {
      // While the token lives, a refresh that failed costs nothing.
      if (time < signIn.expiresAt && this.signIn === signIn) return signIn;
      throw error;
    }
  }

  /** New tokens. Whoever asks meanwhile shares the answer. */
  renew(): Promise<SignIn | SecondFactorWanted> {
    this.refreshing ??= this.options
      .lock(() => this.refresh())
      .finally(() => {
        this.refreshing = undefined;
      });
    return this.refreshing;
  }

  /** A call that may answer with new tokens, under the lock: a refresh that crossed it would present a token out of use. */
  exchange<T>(call: () => Promise<T>, tokensIn: (answer: T) => AuthResult | undefined): Promise<T> {
    return this.options.lock(async () => {
      const askedAt = this.options.now();
      const answer = await call();
      const tokens = tokensIn(answer);
      if (tokens !== undefined) this.accept(tokens, askedAt);
      return answer;
    });
  }

  /** A logout: nothing stays here, whether or not the server could be told. */
  end(call: () => Promise<unknown>): Promise<void> {
    return this.options.lock(async () => {
      try {
        await call();
      } finally {
        this.become({ is: 'signed_out', why: 'logged_out' });
        this.options.tellTabs('signed_out');
      }
    });
  }

  /** The person does not give the second factor that a refresh wants, and the old token is no good any more. */
  await(wanted: SecondFactorWanted): void {
    this.become({ is: 'pending', wanted });
  }

  /** Half a sign-in is given up. */
  forget(): void {
    this.become({ is: 'signed_out', why: 'nobody' });
  }

  /** News from another tab. The cookie is the same for all of them. */
  async hear(news: TabNews): Promise<void> {
    if (news === 'signed_out') this.become({ is: 'signed_out', why: 'elsewhere' });
    else if (news === 'signed_in') await this.restore();
    else this.isStale = true;
  }

  private async refresh(): Promise<SignIn | SecondFactorWanted> {
    const askedAt = this.options.now();
    try {
      const result = await this.presentTwice();
      return result.status === 'authenticated' ? this.signInWith(result, askedAt) : result;
    } catch (error) {
      if (isProblem(error, 'invalid_refresh_token')) {
        this.become({ is: 'signed_out', why: this.now.is === 'signed_in' ? 'session_ended' : 'nobody' });
      }
      throw error;
    }
  }

  /** The server may have rotated although no answer came: presented again at once, the cookie leads to the current tokens. */
  private async presentTwice(): Promise<AuthResult> {
    try {
      return await this.options.refresh();
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      return this.options.refresh();
    }
  }

  private accept(result: AuthResult, askedAt: number): void {
    if (result.status === 'authenticated') {
      const before = this.signIn?.session.id;
      this.signInWith(result, askedAt);
      this.options.tellTabs(before === result.session.id ? 'renewed' : 'signed_in');
    } else if (this.now.is !== 'signed_in') {
      this.become({ is: 'pending', wanted: result });
    }
  }

  private signInWith({ accessToken, expiresIn, session, deviceToken }: Authenticated, askedAt: number): SignIn {
    const expiresAt = askedAt + expiresIn * 1000;
    const refreshAt = expiresAt - Math.min(AHEAD, expiresIn / 2) * 1000;
    const signIn = { accessToken, session, expiresAt, refreshAt };
    if (deviceToken !== undefined) this.options.keepDeviceToken(deviceToken);
    this.isStale = false;
    this.become({ is: 'signed_in', signIn });
    return signIn;
  }

  private become(standing: Standing): void {
    this.now = standing;
    for (const listener of this.listeners) listener();
  }
}
