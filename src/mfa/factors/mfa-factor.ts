import type { EntityManager } from 'typeorm';
import type { Acr } from '../../access/principal';
import type { ClientInfo } from '../../platform/http/client-info';
import type { FactorRecord } from './factor';

/** What a person sends to prove a factor. Each factor reads the field that is its own. */
export interface FactorResponse {
  /** A code that a person types. */
  readonly code?: string;
  /** A WebAuthn credential. */
  readonly credential?: Readonly<Record<string, unknown>>;
  /** Whatever else a plug-in defines. */
  readonly response?: Readonly<Record<string, unknown>>;
}

/** Who enrolls, and what they said. */
export interface EnrollmentRequest {
  /** Id that the factor will have. */
  readonly factorId: string;
  readonly userId: string;
  readonly username: string;
  readonly sessionId: string;
  /** The address to send codes to, where one was given. */
  readonly email?: string;
  /** The number to send codes to, where one was given. */
  readonly phone?: string;
  readonly client: ClientInfo;
}

/** What leaves the service for a factor, once the rows that it belongs to are committed. */
export interface Delivery {
  /**
   * Sends it, or says to whoever waits that it cannot be sent. What it belongs to is dropped when it throws.
   *
   * @throws DomainError `delivery_failed`
   */
  deliver(): Promise<void>;
}

/** What a new factor is made of: what is kept, and what the person needs to take it up. */
export interface EnrollmentOffer {
  /** Sealed into the factor's row; left out where there is none. */
  readonly secret?: Buffer;
  /** Where its codes go: an e-mail address, or a number in E.164. */
  readonly destination?: string;
  /**
   * What `activate` needs again: the MAC of a first code, a WebAuthn challenge. Never a code in clear. With it, the first
   * response is bound to this session, and to `CHALLENGE_TTL` and `CHALLENGE_MAX_ATTEMPTS`.
   */
  readonly state?: Buffer;
  /** Goes to the person, once. */
  readonly enrollment: Readonly<Record<string, unknown>>;
  /** When `state` ends, if sooner than after `CHALLENGE_TTL`. */
  readonly expiresAt?: Date;
  readonly delivery?: Delivery;
}

/** Whose challenge it is. */
export interface ChallengeContext {
  /** Id that the challenge will have. */
  readonly challengeId: string;
  readonly sessionId: string;
  readonly client: ClientInfo;
}

/** Which challenge a response answers. */
export type AnsweredChallenge = Pick<ChallengeContext, 'challengeId' | 'sessionId'>;

/** What a challenge is made of: what is kept, and what the person needs to answer it. */
export interface ChallengeOffer {
  /** What `verify` needs again: the MAC of a code, a WebAuthn challenge. Never a code in clear. */
  readonly state?: Buffer;
  /** Ends the challenges of this factor that the session began before: of two codes that were sent, the newer works. */
  readonly voidsEarlier?: boolean;
  /** When it ends, if sooner than after `CHALLENGE_TTL`. */
  readonly expiresAt?: Date;
  /** Where a code went, masked. */
  readonly sentTo?: string;
  /** WebAuthn: `PublicKeyCredentialRequestOptionsJSON`. */
  readonly publicKey?: Readonly<Record<string, unknown>>;
  /** Whatever else a plug-in defines. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly delivery?: Delivery;
}

/** What a factor says of a response. */
export type FactorVerdict =
  | {
      readonly verdict: 'right';
      /** The values of `amr` that this response showed; those of the factor unless said. */
      readonly amr?: readonly string[];
    }
  | { readonly verdict: 'wrong' }
  /** Somebody else than the person uses the factor, a copy of a key say: refused, and locked at once. */
  | { readonly verdict: 'compromised' }
  /** Nobody has answered yet; ask again. Not counted as a try. */
  | { readonly verdict: 'pending'; /** Seconds. */ readonly retryAfter: number };

export const RIGHT: FactorVerdict = { verdict: 'right' };
export const WRONG: FactorVerdict = { verdict: 'wrong' };

/** `RIGHT` or `WRONG`. */
export function verdictOf(isRight: boolean): FactorVerdict {
  return isRight ? RIGHT : WRONG;
}

/**
 * A kind of second factor. A plug-in: extend it, mark the class `@Injectable()`, list it among the providers of a module, and
 * it can be enrolled, challenged and verified; `MFA_FACTORS` switches it on. Nothing else knows the type.
 *
 * The caller counts attempts, locks, keeps and uses up the challenge and records what was verified. A factor says whether a
 * response is right, and uses up whatever else must work only once, by one conditional statement in the transaction it is given.
 */
export abstract class MfaFactor {
  /** Stable name in the API, e.g. `totp`. */
  abstract readonly type: string;
  /** The rung of the ladder that it reaches together with a password. */
  abstract readonly acr: Exclude<Acr, 'aal1'>;
  /** The values of `amr` it stands for (RFC 8176, or private names). */
  abstract readonly amr: readonly string[];
  /** The name a new one gets when the person gives none. */
  abstract readonly defaultName: string;
  /**
   * True for a factor that only backs up others, as recovery codes do. It comes with the first of them and goes with the last,
   * is challenged last, and nobody begins, renames, prefers or drops it by itself.
   */
  readonly isBackup: boolean = false;
  /** Whether wrong responses lock the factor. False where guessing is hopeless: a lock would only keep the owner out. */
  readonly isGuessable: boolean = true;
  /** True for a factor that others may read or take over on the way. Who has no other is advised to add one. */
  readonly isInterceptable: boolean = false;

  /** False where it cannot be enrolled for now, for want of a provider say. */
  isAvailable(): boolean {
    return true;
  }

  /**
   * Begins a factor. Outside a transaction: it may draw a picture, or count what it sends in a transaction of its own.
   *
   * @throws DomainError `validation_failed`, `rate_limited`
   */
  abstract enroll(request: EnrollmentRequest): Promise<EnrollmentOffer>;

  /**
   * Whether the first response proves that the person has taken the factor up. Never `pending`: who enrolls is there to answer.
   *
   * @param state what `enroll` gave; null where it gave none, or where that is too old or its tries are spent
   * @throws DomainError `validation_failed` when the response is not of this factor's form, `challenge_expired`
   */
  abstract activate(
    tx: EntityManager,
    factor: FactorRecord,
    response: FactorResponse,
    state: Buffer | null,
  ): Promise<FactorVerdict>;

  /** Begins a challenge. @throws DomainError `rate_limited` */
  abstract challenge(tx: EntityManager, factor: FactorRecord, context: ChallengeContext): Promise<ChallengeOffer>;

  /**
   * Whether a response is right. True at most once for whatever works once.
   *
   * @param state what `challenge` gave; null where it gave none
   * @param challenge the one that is answered, as `challenge` was told of it
   * @throws DomainError `validation_failed` when the response is not of this factor's form
   */
  abstract verify(
    tx: EntityManager,
    factor: FactorRecord,
    response: FactorResponse,
    state: Buffer | null,
    challenge: AnsweredChallenge,
  ): Promise<FactorVerdict>;

  /** What tells one factor of the type from another, masked; null where there is nothing to show. */
  hintOf(_factor: FactorRecord): string | null {
    return null;
  }

  /** Drops what is kept for a factor beside its row. The row goes next, in the same transaction. */
  forget(_tx: EntityManager, _factor: FactorRecord): Promise<void> {
    return Promise.resolve();
  }

  /**
   * What somebody who has second factors should know about this kind, as stable codes: `recovery_codes_low`.
   */
  warningsFor(_db: EntityManager, _userId: string): Promise<string[]> {
    return Promise.resolve([]);
  }

  /**
   * The mailbox whose owner passes this factor; undefined where no mailbox is enough. After a password reset by e-mail that
   * same mailbox is no second factor.
   */
  mailboxOf(_factor: Pick<FactorRecord, 'destination'>): string | undefined {
    return undefined;
  }

  /** A picture to scan while the factor is pending, as PNG; undefined where the factor has none. */
  qrCode(_factor: FactorRecord, _username: string): Promise<Buffer | undefined> {
    return Promise.resolve(undefined);
  }
}
