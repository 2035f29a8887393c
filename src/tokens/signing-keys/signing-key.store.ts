import { Injectable } from '@nestjs/common';
import type { JWK } from 'jose';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { DatabaseSettings } from '../../platform/config/settings/database.settings';
import { SecretBox, type SecretPlace } from '../../platform/crypto/secret-box';
import { SigningKeyEntity } from './entities/signing-key.entity';
import { type KeyMaterial, type KeyObjects, openKey } from './key-material';
import type { PlannedKey, SigningKeyState } from './signing-key-plan';

/** A key as it lies in the database, opened when somebody needs it. */
export interface StoredKey extends PlannedKey {
  readonly publicJwk: JWK | null;
  open(): KeyObjects;
}

/** First key of the advisory lock under which keys change; the second is the schema. */
const ROTATION_LOCK = 0x6b65_7973;

/** The table `signing_keys`. */
@Injectable()
export class SigningKeyStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly secretBox: SecretBox,
    private readonly clock: Clock,
    private readonly settings: DatabaseSettings,
  ) {}

  /** Until the end of the transaction nobody else changes keys. On the embedded database no two transactions overlap anyway. */
  async lock(tx: EntityManager): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [ROTATION_LOCK, this.settings.schema]);
  }

  /** All keys, newest first. */
  async list(tx: EntityManager = this.dataSource.manager): Promise<StoredKey[]> {
    const rows = await tx.getRepository(SigningKeyEntity).find({ order: { createdAt: 'DESC', kid: 'ASC' } });
    return rows.map(({ sealedKey, ...row }) => ({
      ...row,
      open: () => openKey(row.alg, this.secretBox.open(sealedKey, placeOf(row.kid))),
    }));
  }

  async add(tx: EntityManager, { kid, alg, publicJwk, bytes }: KeyMaterial, state: 'active' | 'next'): Promise<void> {
    const now = this.clock.now();
    await tx
      .createQueryBuilder()
      .insert()
      .into(SigningKeyEntity)
      .values({
        kid,
        alg,
        publicJwk: publicJwk,
        sealedKey: this.secretBox.seal<'SigningKey'>(bytes, placeOf(kid)),
        state,
        createdAt: now,
        activatedAt: state === 'active' ? now : null,
      })
      .updateEntity(false)
      .execute();
  }

  async activate(tx: EntityManager, kid: string): Promise<void> {
    await this.move(tx, kid, 'next', { state: 'active', activatedAt: this.clock.now() });
  }

  async retire(tx: EntityManager, kid: string): Promise<void> {
    await this.move(tx, kid, 'active', { state: 'retired', retiredAt: this.clock.now() });
  }

  /** Notes that `next` is to sign as soon as it may. */
  async request(tx: EntityManager, kid: string): Promise<void> {
    await this.move(tx, kid, 'next', { requestedAt: this.clock.now() });
  }

  async drop(tx: EntityManager, kid: string): Promise<void> {
    await tx.delete(SigningKeyEntity, { kid });
  }

  private async move(
    tx: EntityManager,
    kid: string,
    from: SigningKeyState,
    change: Partial<Pick<SigningKeyEntity, 'state' | 'requestedAt' | 'activatedAt' | 'retiredAt'>>,
  ): Promise<void> {
    const { affected } = await tx.update(SigningKeyEntity, { kid, state: from }, change);
    if (affected !== 1) throw new Error(`The signing key ${kid} is not ${from} any more`);
  }
}

function placeOf(kid: string): SecretPlace {
  return { table: 'signing_keys', column: 'sealed_key', rowId: kid };
}
