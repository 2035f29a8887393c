import type { Session } from './contract';

/** One sign-in; times are milliseconds on this device's clock. */
export interface SignIn {
  accessToken: string;
  expiresAt: number;
  /** From here on the access token is renewed before it is used. */
  refreshAt: number;
  refreshToken: string;
  session: Session;
}

export interface StoredState {
  signIn?: SignIn;
  /** Outlives a sign-out: it spares this device from the account's password lock. */
  deviceToken?: string;
}

/**
 * Where tokens are kept. `save` replaces everything that was there, at once.
 *
 * One store may serve several clients (tabs, processes); then give the clients a `lock` too.
 */
export abstract class TokenStore {
  abstract load(): StoredState | Promise<StoredState>;
  abstract save(state: StoredState): void | Promise<void>;
}

/** Keeps tokens for as long as the page or process lives, and out of reach of whatever reads storage. */
export class MemoryTokenStore extends TokenStore {
  private state: StoredState = {};

  override load(): StoredState {
    return this.state;
  }

  override save(state: StoredState): void {
    this.state = state;
  }
}
