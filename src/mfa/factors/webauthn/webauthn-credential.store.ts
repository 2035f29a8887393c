import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { MfaFactorEntity } from '../entities/mfa-factor.entity';
import { returnedRows } from '../../../platform/database/returned-rows';
import { WebauthnCredentialEntity } from './entities/webauthn-credential.entity';
import { WebauthnUserEntity } from './entities/webauthn-user.entity';
import type { CheckedAssertion, StoredCredential, WebauthnCredential } from './webauthn-credential';

const HANDLE_BYTES = 64;

/** Every statement on `webauthn_credentials` and `webauthn_users`. */
@Injectable()
export class WebauthnCredentialStore {
  /** What authenticators know the account by: random, and always the same. */
  async handleOf(db: EntityManager, userId: string): Promise<Buffer> {
    await db
      .createQueryBuilder()
      .insert()
      .into(WebauthnUserEntity)
      .values({ userId, handle: randomBytes(HANDLE_BYTES) })
      .orIgnore()
      .execute();
    return (await db.findOneByOrFail(WebauthnUserEntity, { userId })).handle;
  }

  /** Those of all factors of the account. */
  async listOf(db: EntityManager, userId: string): Promise<WebauthnCredential[]> {
    return db
      .createQueryBuilder(WebauthnCredentialEntity, 'c')
      .innerJoin(MfaFactorEntity, 'f', 'f.id = c.factor_id')
      .where('f.user_id = :userId', { userId })
      .orderBy('c.factor_id')
      .getMany();
  }

  async findByFactor(db: EntityManager, factorId: string): Promise<StoredCredential | undefined> {
    return this.find(db, { factorId });
  }

  /** The one with this id, whoever's it is. */
  async findById(db: EntityManager, credentialId: Buffer): Promise<StoredCredential | undefined> {
    return this.find(db, { credentialId });
  }

  /** @returns false when a credential with this id is registered, to whomever */
  async add(tx: EntityManager, factorId: string, credential: WebauthnCredential): Promise<boolean> {
    // Not by the error of a unique index: PostgreSQL would take nothing more in this transaction.
    const added = await tx
      .createQueryBuilder()
      .insert()
      .into(WebauthnCredentialEntity)
      .values({ ...credential, transports: [...credential.transports], factorId })
      .orIgnore()
      .returning('factor_id')
      .execute();
    return returnedRows(added).length === 1;
  }

  /**
   * Moves the counter on by an assertion that passed every other check (WebAuthn L3 §7.2 steps 22 and 24).
   *
   * @returns false when the counter did not grow: somebody has a copy of the key
   */
  async advance(tx: EntityManager, factorId: string, assertion: CheckedAssertion): Promise<boolean> {
    const { signCount, backedUp } = assertion;
    const { affected } = await tx
      .createQueryBuilder()
      .update(WebauthnCredentialEntity)
      .set({ signCount, backedUp })
      // An authenticator without a counter says 0 forever.
      .where('factor_id = :factorId AND (sign_count < :signCount OR (sign_count = 0 AND :signCount = 0))', {
        factorId,
        signCount,
      })
      .execute();
    return affected === 1;
  }

  /** Its user was verified, after another proof of who it is. */
  async initializeUserVerification(tx: EntityManager, factorId: string): Promise<void> {
    await tx.update(WebauthnCredentialEntity, { factorId, uvInitialized: false }, { uvInitialized: true });
  }

  private async find(
    db: EntityManager,
    where: { factorId: string } | { credentialId: Buffer },
  ): Promise<StoredCredential | undefined> {
    const { entities, raw } = await db
      .createQueryBuilder(WebauthnCredentialEntity, 'c')
      .innerJoin(MfaFactorEntity, 'f', 'f.id = c.factor_id')
      .innerJoin(WebauthnUserEntity, 'u', 'u.user_id = f.user_id')
      .addSelect('f.user_id', 'user_id')
      .addSelect('u.handle', 'user_handle')
      .where(where)
      .getRawAndEntities<{ user_id: string; user_handle: Buffer }>();
    const [credential] = entities;
    const [owner] = raw;
    return credential && owner && { ...credential, userId: owner.user_id, userHandle: owner.user_handle };
  }
}
