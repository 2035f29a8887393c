import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { performance } from 'node:perf_hooks';
import { DomainError } from '../../platform/errors/domain-error';
import { Readiness } from '../../platform/health/readiness';
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
  private readonly logger = new Logger(SigningKeyRing.name);
  private keys: ReadonlyMap<string, RingKey> = new Map();
  /** Those that do not open here, so that each is logged once. */
  private closed: ReadonlySet<string> = new Set();
  private currentAsOf = Number.NEGATIVE_INFINITY;
  private learntAt = Number.NEGATIVE_INFINITY;
  private reading: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: SigningKeyStore,
    private readonly rotation: SigningKeyRotation,
    private readonly revocations: RevocationSet,
    readiness: Readiness,
  ) {
    readiness.add('signing keys', () => this.isCurrent);
  }

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
    if (!this.isCurrent) {
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

  /** Whether it was read, revoked or not. */
  knows(kid: string): boolean {
    return this.keys.has(kid);
  }

  /**
   * Reads the keys again if `kid` is unknown, at most once a second: another replica may have made it.
   *
   * @throws DomainError `unavailable` when they cannot be read
   */
  async learn(kid: string): Promise<void> {
    if (this.knows(kid)) return;
    const isLate = performance.now() - this.learntAt >= LEARN_INTERVAL_MS;
    if (isLate) this.learntAt = performance.now();
    try {
      await (isLate ? this.read() : this.reading);
    } catch (cause) {
      throw new DomainError('unavailable', { cause });
    }
  }

  /** Reads what has committed up to now. One after the other, so that an older reading never replaces a newer one. */
  read(): Promise<void> {
    this.reading = this.reading.catch(() => undefined).then(() => this.load());
    return this.reading;
  }

  private get isCurrent(): boolean {
    return performance.now() - this.currentAsOf <= MAX_SILENCE_MS;
  }

  /** Leaves out what does not open, such as a key that another replica sealed by an `ENCRYPTION_KEYS` that is not here yet. */
  private async load(): Promise<void> {
    const began = performance.now();
    const stored = await this.store.list();
    const keys = new Map<string, RingKey>();
    const closed = new Set<string>();
    for (const key of stored) {
      try {
        keys.set(key.kid, this.open(key));
      } catch (error) {
        // Who goes on without it would sign with a key that the others have retired.
        if (key.state === 'active') throw error;
        closed.add(key.kid);
        if (!this.closed.has(key.kid))
          this.logger.error(`The ${key.state} signing key ${key.kid} is left out: ${String(error)}`);
      }
    }
    for (const kid of this.closed) if (keys.has(kid)) this.logger.log(`The signing key ${kid} opens now`);
    this.keys = keys;
    this.closed = closed;
    this.currentAsOf = began;
  }

  private open(stored: StoredKey): RingKey {
    const { privateKey, publicKey } = this.keys.get(stored.kid) ?? stored.open();
    return { ...stored, privateKey, publicKey };
  }
}
