/** Times of the service under test, in seconds. */
export interface RefreshTimes {
  readonly grace: number;
  readonly mfaMaxAge: number;
  readonly mfaIdle: number;
  readonly sessionIdle: number;
  readonly sessionMaxAge: number;
}

export interface RefreshRules extends RefreshTimes {
  readonly whenStale: 'lower' | 'challenge';
  /** Whether the account has a second factor. */
  readonly hasFactor: boolean;
}

/** What a refresh token must give. `token` is `new` for one never seen before. */
export type Expected =
  | { readonly status: 'refused' }
  | { readonly status: 'mfa_required'; readonly reason: 'idle' | 'mfa_expired' }
  | { readonly status: 'authenticated'; readonly token: string; readonly acr: 'aal1' | 'aal2' };

const REFUSED: Expected = { status: 'refused' };

/** What a session makes of the refresh tokens shown to it, in words of its own: no counters, only tokens and who had them. */
export class RefreshModel {
  /** Ended by reuse or logout; what merely ran out of time is not. */
  isEnded = false;
  demanded: 'idle' | 'mfa_expired' | undefined;
  private previous: string | undefined;
  private rotatedAt = Number.NEGATIVE_INFINITY;
  /** Tokens that verifications voided, as long as no token from a later one was refreshed and voided in its turn. */
  private superseded = new Set<string>();
  /** The one before those, until the next refresh. */
  private beforeSuperseded: string | undefined;
  private isCurrentFromVerification = false;
  private lastUsed: number;
  private readonly beganAt: number;

  /** @param mfaAt when the second factor was verified; null where there is none */
  constructor(
    private readonly rules: RefreshRules,
    private current: string,
    private mfaAt: number | null,
    now: number,
  ) {
    this.beganAt = now;
    this.lastUsed = now;
  }

  isLiveAt(now: number): boolean {
    const { sessionIdle, sessionMaxAge } = this.rules;
    return !this.isEnded && now < this.lastUsed + sessionIdle && now < this.beganAt + sessionMaxAge;
  }

  /** Somebody shows a token: what the answer must be. Ends the session where that is due. */
  present(token: string, now: number): Expected {
    if (!this.isLiveAt(now) || this.superseded.has(token)) return REFUSED;
    const isRecent = now - this.rotatedAt <= this.rules.grace;
    if (isRecent && token === this.beforeSuperseded) return REFUSED;
    const isPrevious = isRecent && token === this.previous;
    if (token !== this.current && !isPrevious) {
      this.isEnded = true;
      return REFUSED;
    }
    if (this.demanded) return { status: 'mfa_required', reason: this.demanded };
    const isIdle = now - this.lastUsed > this.rules.mfaIdle;
    const isFresh = this.mfaAt !== null && !isIdle && now - this.mfaAt <= this.rules.mfaMaxAge;
    if (this.rules.hasFactor && !isFresh && this.rules.whenStale === 'challenge') {
      this.demanded = isIdle ? 'idle' : 'mfa_expired';
      return { status: 'mfa_required', reason: this.demanded };
    }
    return { status: 'authenticated', token: isPrevious ? this.current : 'new', acr: isFresh ? 'aal2' : 'aal1' };
  }

  /** The current token was refreshed. @param acr what came out: a lowered second factor does not count again */
  rotated(successor: string, acr: 'aal1' | 'aal2', now: number): void {
    this.previous = this.current;
    this.current = successor;
    this.rotatedAt = now;
    this.lastUsed = now;
    this.beforeSuperseded = undefined;
    this.isCurrentFromVerification = false;
    if (acr === 'aal1') this.mfaAt = null;
  }

  /** A second factor was verified; or the password again, where there is none. */
  verified(successor: string, now: number): void {
    if (!this.isCurrentFromVerification) {
      this.superseded = new Set();
      this.beforeSuperseded = this.previous;
    }
    this.superseded.add(this.current);
    this.previous = undefined;
    this.current = successor;
    this.isCurrentFromVerification = true;
    this.lastUsed = now;
    this.demanded = undefined;
    if (this.rules.hasFactor) this.mfaAt = now;
  }
}
