import { Injectable, type OnModuleInit } from '@nestjs/common';
import { performance } from 'node:perf_hooks';
import { DomainError } from '../../platform/errors/domain-error';
import { RevocationSet } from '../revocation/revocation-set';
import type { KeyObjects } from './key-material';
import type { PlannedKey } from './signing-key-plan';
import { SigningKeyRotation } from './signing-key-rotation';
import { SigningKeyStore, type StoredKey } from './signing-key.store';

/** A key in memory. One algorithm a key: a token that names another is refused. For a secret key both keys are the secret. */
export type RingKey = PlannedKey & Pick<StoredKey, 'publicJwk'> & KeyObjects;

const LEARN_INTERVAL_MS = 1000;
/** How long this process signs by what it has read. The time for which a retired key still verifies counts on it. */
const MAX_SILENCE_MS = 30_000;

/** The signing keys of the database, held in memory as `KeyObject`s: verification looks up `kid` without waiting. */
@Injectable()
export class SigningKeyRing implements OnModuleInit {
  private keys: ReadonlyMap<string, RingKey> = new Map();
  private currentAsOf = Number.NEGATIVE_INFINITY;
  private learntAt = Number.NEGATIVE_INFINITY;
  private reading: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: SigningKeyStore,
    private readonly rotation: SigningKeyRotation,
    private readonly revocations: RevocationSet,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.rotation.run('start');
    await this.read();
  }

  /**
   * The key that signs.
   *
   * @throws DomainError `unavailable` when nobody knows any more which one that is
   */
  get active(): RingKey {
    if (performance.now() - this.currentAsOf > MAX_SILENCE_MS) {
      throw new DomainError('unavailable', { reason: 'signing keys have not been read for too long' });
    }
    const { all } = this;
    // Where the active one was revoked a moment ago, the next one has taken its place.
    const key = all.find(({ state }) => state === 'active') ?? all.find(({ state }) => state === 'next');
    if (key === undefined) throw new DomainError('unavailable', { reason: 'there is no signing key' });
    return key;
  }

  /** Undefined for a key that is unknown, gone or revoked. */
  find(kid: string): RingKey | undefined {
    return this.revocations.isKeyRevoked(kid) ? undefined : this.keys.get(kid);
  }

  /** All keys but revoked ones, newest first. */
  get all(): readonly RingKey[] {
    return [...this.keys.values()].filter(({ kid }) => !this.revocations.isKeyRevoked(kid));
  }

  /** Reads the keys again if `kid` is unknown, at most once a second: another replica may have made it. */
  async learn(kid: string): Promise<void> {
    if (this.keys.has(kid)) return;
    if (performance.now() - this.learntAt < LEARN_INTERVAL_MS) return this.reading;
    this.learntAt = performance.now();
    return this.read();
  }

  /** Reads what has committed up to now. One after the other, so that an older reading never replaces a newer one. */
  read(): Promise<void> {
    this.reading = this.reading.catch(() => undefined).then(() => this.load());
    return this.reading;
  }

  private async load(): Promise<void> {
    const began = performance.now();
    const stored = await this.store.list();
    this.keys = new Map(stored.map((key) => [key.kid, this.open(key)]));
    this.currentAsOf = began;
  }

  private open(stored: StoredKey): RingKey {
    const { privateKey, publicKey } = this.keys.get(stored.kid) ?? stored.open();
    return { ...stored, privateKey, publicKey };
  }
}
