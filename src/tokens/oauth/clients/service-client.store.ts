import { Injectable } from '@nestjs/common';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type EntityManager, IsNull } from 'typeorm';
import { validate as isUuid, NIL } from 'uuid';
import { newId } from '../../../platform/crypto/new-id';
import { Clock } from '../../../platform/clock/clock';
import { ServiceClientEntity } from './entities/service-client.entity';
import type { ServiceClient } from './service-client';

const SECRET_PREFIX = 'csc_';
const SECRET_BYTES = 32;
/** What no secret hashes to: it stands in for a client that there is not. */
const NO_DIGEST = Buffer.alloc(32);
const USE_IS_NOTED_EVERY_SECONDS = 60;

@Injectable()
export class ServiceClientStore {
  constructor(private readonly clock: Clock) {}

  /** @returns the id, and the secret in clear, which is nowhere else */
  async create(
    tx: EntityManager,
    name: string,
    audiences: readonly string[],
  ): Promise<{ readonly id: string; readonly secret: string }> {
    const id = newId();
    const secret = SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
    await tx.insert(ServiceClientEntity, {
      id,
      name,
      audiences: [...audiences],
      secretDigest: digestOf(secret),
      createdAt: this.clock.now(),
      lastUsedAt: null,
      revokedAt: null,
    });
    return { id, secret };
  }

  /** The live client with this id and secret. An unknown id costs the same query and comparison as a wrong secret. */
  async findBySecret(tx: EntityManager, id: string, secret: string): Promise<ServiceClient | undefined> {
    const found = await tx.findOneBy(ServiceClientEntity, { id: isUuid(id) ? id : NIL });
    const matches = timingSafeEqual(digestOf(secret), found?.secretDigest ?? NO_DIGEST);
    return found !== null && matches && found.revokedAt === null ? found : undefined;
  }

  /** Keeps when a client was last seen, without a write a request. */
  async noteUse(tx: EntityManager, { id, lastUsedAt }: ServiceClient): Promise<void> {
    if (lastUsedAt !== null && lastUsedAt > this.clock.in(-USE_IS_NOTED_EVERY_SECONDS)) return;
    await tx.update(ServiceClientEntity, { id }, { lastUsedAt: this.clock.now() });
  }

  /** @returns whether there was one to revoke */
  async revoke(tx: EntityManager, id: string): Promise<boolean> {
    if (!isUuid(id)) return false;
    const { affected } = await tx.update(
      ServiceClientEntity,
      { id, revokedAt: IsNull() },
      { revokedAt: this.clock.now() },
    );
    return affected === 1;
  }

  /** The oldest first. */
  async list(tx: EntityManager): Promise<ServiceClient[]> {
    return tx.find(ServiceClientEntity, { order: { id: 'ASC' } });
  }
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
