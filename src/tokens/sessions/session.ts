import type { Acr } from '../../access/principal';
import type { ClientInfo } from '../../platform/http/client-info';
import type { TokenTransport } from '../../platform/http/token-transport';

/** A method that was verified in a session. */
export interface VerifiedMethod {
  /** `password`, or the factor's type. */
  readonly type: string;
  /** The factor; null for the password. */
  readonly factorId: string | null;
  readonly acr: Acr;
  /** RFC 8176 values it stands for. */
  readonly amr: readonly string[];
  /** Seconds since the epoch. */
  readonly at: number;
}

/** The password, shown at this moment. @param at seconds since the epoch */
export function passwordMethod(at: number): VerifiedMethod {
  return { type: 'password', factorId: null, acr: 'aal1', amr: ['pwd'], at };
}

/** Why a session must show a second factor before it gives another token. */
export type StepUpReason = 'mfa_expired' | 'idle' | 'new_network' | 'new_device' | 'policy' | 'recovery';

/** Where a session is used from. */
export type SeenClient = Pick<ClientInfo, 'ip' | 'userAgent'>;

export interface SessionState {
  readonly id: string;
  readonly userId: string;
  /** The counter of the refresh token that is good now. */
  readonly counter: number;
  /** The counter that was current when a second factor was last verified, or the password confirmed. */
  readonly supersededCounter: number | null;
  /** Where that was so several times without a refresh in between, the first of those counters. */
  readonly supersededFrom: number | null;
  /** When the counter last moved by a refresh. */
  readonly rotatedAt: Date | null;
  /** How many times a second factor was verified: MFA tokens belong to one round. */
  readonly mfaRound: number;
  readonly methods: readonly VerifiedMethod[];
  /** Second factors verified before then no longer count: the session was idle, or they grew old. */
  readonly secondFactorLapsedAt: Date | null;
  readonly stepUpReason: StepUpReason | null;
  readonly authTime: Date;
  readonly createdAt: Date;
  /** When it first gave an access token; null while it is pending. */
  readonly activatedAt: Date | null;
  readonly lastUsedAt: Date;
  readonly idleEndsAt: Date;
  readonly endsAt: Date;
  readonly revokedAt: Date | null;
  /** How its refresh token travels: fixed when it begins. */
  readonly transport: TokenTransport;
  /** Address and `User-Agent` of the client that last got a token of it or was recognised in it. */
  readonly ip: string;
  readonly userAgent: string;
  /** Whether it was begun by password on a device that is not known. */
  readonly isNewDevice: boolean;
}

/** How long somebody has to show a second factor after the password. */
export const PENDING_SESSION_SECONDS = 15 * 60;

/** One sign-in on one device, from the password to logout. */
export class Session {
  constructor(private readonly state: SessionState) {}

  get id(): string {
    return this.state.id;
  }
  get userId(): string {
    return this.state.userId;
  }
  get counter(): number {
    return this.state.counter;
  }
  get supersededCounter(): number | null {
    return this.state.supersededCounter;
  }
  get supersededFrom(): number | null {
    return this.state.supersededFrom;
  }
  get rotatedAt(): Date | null {
    return this.state.rotatedAt;
  }
  get mfaRound(): number {
    return this.state.mfaRound;
  }
  get methods(): readonly VerifiedMethod[] {
    return this.state.methods;
  }
  get secondFactorLapsedAt(): Date | null {
    return this.state.secondFactorLapsedAt;
  }
  get stepUpReason(): StepUpReason | null {
    return this.state.stepUpReason;
  }
  get authTime(): Date {
    return this.state.authTime;
  }
  get createdAt(): Date {
    return this.state.createdAt;
  }
  get lastUsedAt(): Date {
    return this.state.lastUsedAt;
  }
  get transport(): TokenTransport {
    return this.state.transport;
  }
  get ip(): string {
    return this.state.ip;
  }
  get userAgent(): string {
    return this.state.userAgent;
  }

  get idleEndsAt(): Date {
    return this.state.idleEndsAt;
  }

  /** Begun by password on a device that is not known. */
  get isNewDevice(): boolean {
    return this.state.isNewDevice;
  }

  get isPending(): boolean {
    return this.state.activatedAt === null;
  }

  get isRevoked(): boolean {
    return this.state.revokedAt !== null;
  }

  /** Neither ended, nor idle for too long, nor too old, nor pending for too long. */
  isLiveAt(now: Date): boolean {
    if (this.isRevoked || now >= this.state.endsAt || now >= this.state.idleEndsAt) return false;
    return !this.isPending || now.getTime() - this.state.createdAt.getTime() < PENDING_SESSION_SECONDS * 1000;
  }

  /**
   * What it is after a refresh at this moment.
   *
   * @param lapse whether the second factors verified so far stop counting
   * @param client who refreshes
   */
  rotated(now: Date, idleEndsAt: Date, lapse: boolean, { ip, userAgent }: SeenClient): Session {
    return new Session({
      ...this.state,
      counter: this.counter + 1,
      rotatedAt: now,
      lastUsedAt: now,
      idleEndsAt,
      ip,
      userAgent,
      ...(lapse && { secondFactorLapsedAt: now }),
    });
  }

  /** The same, where a second factor is demanded for this reason; one given before stands. Nothing is written. */
  demanding(reason: StepUpReason): Session {
    return new Session({ ...this.state, stepUpReason: this.stepUpReason ?? reason });
  }

  /** When it ends by itself, if nothing moves its clocks. */
  get endsBy(): Date {
    const { endsAt, idleEndsAt } = this.state;
    return endsAt < idleEndsAt ? endsAt : idleEndsAt;
  }

  /** Whole seconds until then. */
  secondsLeftAt(now: Date): number {
    return Math.max(0, Math.floor((this.endsBy.getTime() - now.getTime()) / 1000));
  }
}
