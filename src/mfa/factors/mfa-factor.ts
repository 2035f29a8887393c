import type { EntityManager } from 'typeorm';
import type { Acr } from '../../access/principal';
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
  readonly username: string;
}

/** What a new factor is made of: the secret to seal with it, and what the person needs to take it up. */
export interface EnrollmentOffer {
  /** Sealed into the factor's row; undefined where there is none. */
  readonly secret?: Buffer;
  /** Goes to the person, once. */
  readonly enrollment: Readonly<Record<string, unknown>>;
}

/**
 * A kind of second factor. A plug-in: extend it, mark the class `@Injectable()`, list it among the providers of a module, and
 * it can be enrolled, challenged and verified; `MFA_FACTORS` switches it on. Nothing else knows the type.
 *
 * The caller counts attempts, locks, uses up the challenge and records what was verified. A factor says whether a response is
 * right, and uses up whatever must work only once, by one conditional statement in the transaction it is given.
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
  /** False for a factor that comes with others and cannot be begun by itself. */
  readonly enrollable: boolean = true;

  /** Begins a factor. */
  abstract enroll(request: EnrollmentRequest): Promise<EnrollmentOffer>;

  /** Whether the first response proves that the person has taken the factor up. */
  abstract activate(tx: EntityManager, factor: FactorRecord, response: FactorResponse): Promise<boolean>;

  /** Begins a challenge. @returns what the person needs to answer it, as `data` of the challenge */
  abstract challenge(tx: EntityManager, factor: FactorRecord): Promise<Readonly<Record<string, unknown>> | undefined>;

  /**
   * Whether a response is right. True at most once for whatever works once.
   *
   * @throws DomainError `validation_failed` when the response is not of this factor's form
   */
  abstract verify(tx: EntityManager, factor: FactorRecord, response: FactorResponse): Promise<boolean>;

  /** What tells one factor of the type from another, masked; null where there is nothing to show. */
  hintOf(_factor: FactorRecord): string | null {
    return null;
  }

  /** A picture to scan while the factor is pending, as PNG; undefined where the factor has none. */
  qrCode(_factor: FactorRecord, _username: string): Promise<Buffer | undefined> {
    return Promise.resolve(undefined);
  }
}
