import type { EntityManager } from 'typeorm';

/** Whom an access token is made for. */
export interface ClaimsSubject {
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly string[];
}

/**
 * Further claims for access tokens, such as a tenant. Extend it, mark it `@Injectable()` and list it among a module's
 * providers: it is found there, and asked each time a token is made. A controller reads them as `principal.claims`.
 *
 * The claims of all providers have 1 KiB of JSON together. Whatever goes wrong (an error, a claim that was not declared,
 * something that is no JSON) is answered by 503 `unavailable`: there is never a token without its claims.
 *
 * @example
 * @Injectable()
 * export class TenantClaims extends AccessTokenClaims {
 *   override readonly names = ['tenant'];
 *   override async claimsFor({ userId }: ClaimsSubject, tx: EntityManager) {
 *     return { tenant: await tenantOfUser(tx, userId) };
 *   }
 * }
 */
export abstract class AccessTokenClaims {
  /** Every claim that it may give. A name that is reserved, or that another provider has, stops the start. */
  abstract readonly names: readonly string[];

  /**
   * The claims as of now; one that does not apply is left out. A token keeps them until it expires.
   *
   * @param tx the transaction of the sign-in: use it for every statement, and keep it short
   */
  abstract claimsFor(
    subject: ClaimsSubject,
    tx: EntityManager,
  ): Promise<Readonly<Record<string, unknown>>> | Readonly<Record<string, unknown>>;
}
