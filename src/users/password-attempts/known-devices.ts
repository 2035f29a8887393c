import { Injectable } from '@nestjs/common';
import { createHash, randomBytes } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { NIL } from 'uuid';
import { newId } from '../../platform/crypto/new-id';
import { Clock } from '../../platform/clock/clock';
import { KnownDeviceEntity } from './entities/known-device.entity';

const TOKEN_PREFIX = 'csd_';
const TOKEN_BYTES = 32;
/** An account keeps so many. */
const MOST_DEVICES = 20;

/**
 * Devices on which somebody has completed a sign-in by password. Whoever shows the token of one is not kept out by the wrong
 * passwords that others try.
 */
@Injectable()
export class KnownDevices {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** @returns the id of the account's device with this token. The same query for an account that does not exist */
  async find(userId: string | undefined, token: string): Promise<string | undefined> {
    const row = await this.dataSource.getRepository(KnownDeviceEntity).findOne({
      where: { userId: userId ?? NIL, digest: digestOf(token) },
      select: { id: true },
    });
    return row?.id;
  }

  /** Makes a device known. Of those that are too many the one goes that was not used for the longest time. @returns its token */
  async remember(tx: EntityManager, userId: string): Promise<string> {
    const devices = tx.dataSource.getMetadata(KnownDeviceEntity).tablePath;
    const token = TOKEN_PREFIX + randomBytes(TOKEN_BYTES).toString('base64url');
    // Those never used again first: clients that throw their token away push out nobody else's.
    await tx.query(
      `DELETE FROM ${devices} WHERE id IN (
         SELECT id FROM ${devices} WHERE user_id = $1
          ORDER BY last_used_at DESC NULLS LAST, created_at DESC, id DESC
         OFFSET ${MOST_DEVICES - 1} FOR UPDATE SKIP LOCKED)`,
      [userId],
    );
    await tx.insert(KnownDeviceEntity, {
      id: newId(),
      userId,
      digest: digestOf(token),
      lockedUntil: null,
      createdAt: this.clock.now(),
      lastUsedAt: null,
    });
    return token;
  }

  /** None is known from now on. */
  async dropAll(tx: EntityManager, userId: string): Promise<void> {
    await tx.delete(KnownDeviceEntity, { userId });
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
