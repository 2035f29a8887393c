import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { DataSource } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { SecretBox, type SecretPlace } from '../../platform/crypto/secret-box';
import { SigningKeyEntity, type SigningKeyState } from './entities/signing-key.entity';

/** A key in memory. One algorithm a key: a token that names another is refused. */
export interface RingKey {
  readonly kid: string;
  readonly alg: 'ES256';
  readonly state: SigningKeyState;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
}

const REREAD_INTERVAL_MS = 1000;

/** The signing keys of the database, held in memory as `KeyObject`s: verification looks up `kid` without waiting. */
@Injectable()
export class SigningKeyRing implements OnModuleInit {
  private readonly logger = new Logger(SigningKeyRing.name);
  private keys: ReadonlyMap<string, RingKey> = new Map();
  private activeKey: RingKey | undefined;
  private readAt = Number.NEGATIVE_INFINITY;
  private reading: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly secretBox: SecretBox,
    private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.makeMissing('active');
    await this.makeMissing('next');
    await this.read();
  }

  /** The key that signs. */
  get active(): RingKey {
    if (this.activeKey === undefined) throw new Error('There is no active signing key');
    return this.activeKey;
  }

  find(kid: string): RingKey | undefined {
    return this.keys.get(kid);
  }

  get all(): readonly RingKey[] {
    return [...this.keys.values()];
  }

  /** Reads the keys again if `kid` is unknown, at most once a second: another replica may have made it. */
  async learn(kid: string): Promise<void> {
    if (this.keys.has(kid) || performance.now() - this.readAt < REREAD_INTERVAL_MS) return;
    this.reading ??= this.read().finally(() => (this.reading = undefined));
    await this.reading;
  }

  private async read(): Promise<void> {
    this.readAt = performance.now();
    const rows = await this.dataSource.getRepository(SigningKeyEntity).find();
    const keys = rows.map((row) => this.open(row));
    this.keys = new Map(keys.map((key) => [key.kid, key]));
    this.activeKey = keys.find(({ state }) => state === 'active');
  }

  private open(row: SigningKeyEntity): RingKey {
    const privateKey = createPrivateKey({
      key: this.secretBox.open(row.sealedKey, placeOf(row.kid)),
      format: 'der',
      type: 'pkcs8',
    });
    const { kid, alg, state, publicJwk } = row;
    return { kid, alg, state, publicJwk, privateKey, publicKey: createPublicKey(privateKey) };
  }

  private async makeMissing(state: 'active' | 'next'): Promise<void> {
    const table = this.dataSource.getRepository(SigningKeyEntity);
    if (await table.existsBy({ alg: 'ES256', state })) return;
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const publicJwk = publicKey.export({ format: 'jwk' }) as JWK;
    const kid = await calculateJwkThumbprint(publicJwk, 'sha256');
    const der = privateKey.export({ format: 'der', type: 'pkcs8' });
    const { identifiers } = await table
      .createQueryBuilder()
      .insert()
      .values({
        kid,
        alg: 'ES256',
        publicJwk: publicJwk as object,
        sealedKey: this.secretBox.seal<'SigningKey'>(der, placeOf(kid)),
        state,
        createdAt: this.clock.now(),
      })
      .orIgnore() // Another replica may have been first: the partial unique index decides.
      .execute();
    if (identifiers.length > 0) this.logger.log(`Made an ES256 signing key (${state})`);
  }
}

function placeOf(kid: string): SecretPlace {
  return { table: 'signing_keys', column: 'sealed_key', rowId: kid };
}
