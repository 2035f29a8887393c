import { Injectable, type OnModuleInit } from '@nestjs/common';
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { DataSource } from 'typeorm';
import { Clock } from '../clock/clock';
import { MacKeyEntity } from './entities/mac-key.entity';
import { SecretBox, type SecretPlace } from './secret-box';

/** An HMAC-SHA-256 and the key that made it. */
export interface Mac {
  readonly keyId: number;
  /** 32 bytes. */
  readonly digest: Buffer;
}

/**
 * HMACs that outlive a process: refresh tokens and codes at rest. The key is random, sealed in `mac_keys` and shared by all
 * replicas. The purpose is part of what is signed, so that a MAC made for one use is worth nothing in another.
 */
@Injectable()
export class MacKeys implements OnModuleInit {
  private keys = new Map<number, Buffer>();
  private newest = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly secretBox: SecretBox,
    private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    const rows = this.dataSource.getRepository(MacKeyEntity);
    const firstId = 1;
    await rows
      .createQueryBuilder()
      .insert()
      .values({
        id: firstId,
        sealedKey: this.secretBox.seal<'MacKey'>(randomBytes(32), placeOf(firstId)),
        createdAt: this.clock.now(),
      })
      .orIgnore() // Another replica may have been first.
      .execute();
    const all = await rows.find({ order: { id: 'ASC' } });
    this.keys = new Map(all.map(({ id, sealedKey }) => [id, this.secretBox.open(sealedKey, placeOf(id))]));
    this.newest = all.at(-1)?.id ?? firstId;
  }

  /** The key that `sign` uses. */
  get newestId(): number {
    return this.newest;
  }

  sign(purpose: string, data: Buffer | string): Mac {
    return { keyId: this.newest, digest: this.digest(this.newest, purpose, data) };
  }

  /** Compares in constant time; an unknown key is a mismatch. */
  verify(purpose: string, data: Buffer | string, { keyId, digest }: Mac): boolean {
    if (!this.keys.has(keyId)) return false;
    const expected = this.digest(keyId, purpose, data);
    return digest.length === expected.length && timingSafeEqual(digest, expected);
  }

  /** The MACs of `data` under every key, to look a code up by. */
  candidates(purpose: string, data: Buffer | string): Buffer[] {
    return [...this.keys.keys()].map((keyId) => this.digest(keyId, purpose, data));
  }

  private digest(keyId: number, purpose: string, data: Buffer | string): Buffer {
    const key = this.keys.get(keyId);
    if (key === undefined) throw new Error(`There is no MAC key ${keyId}`);
    return createHmac('sha256', key).update(purpose).update('\0').update(data).digest();
  }
}

function placeOf(id: number): SecretPlace {
  return { table: 'mac_keys', column: 'sealed_key', rowId: String(id) };
}
