import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type AuditEvent, AuditLog } from '../../platform/audit/audit-log';
import { Clock } from '../../platform/clock/clock';
import { type SigningAlgorithm, SigningKeySettings } from '../../platform/config/settings/signing-key.settings';
import { Transactions } from '../../platform/database/transactions';
import { RevocationLog } from '../revocation/revocation-log';
import { type KeyMaterial, makeKeyMaterial } from './key-material';
import { type KeyOccasion, type KeyStep, planKeys, type PlannedKey } from './signing-key-plan';
import { SigningKeyStore } from './signing-key.store';

/** Who moved the keys, for the audit log; nobody when time did. */
export type KeyActor = Pick<AuditEvent, 'actorId' | 'sessionId' | 'ip'>;

/** Moves keys on: whatever the plan says, in one transaction, by one process at a time. */
@Injectable()
export class SigningKeyRotation {
  private readonly logger = new Logger(SigningKeyRotation.name);

  constructor(
    private readonly store: SigningKeyStore,
    private readonly transactions: Transactions,
    private readonly revocations: RevocationLog,
    private readonly audit: AuditLog,
    private readonly settings: SigningKeySettings,
    private readonly clock: Clock,
  ) {}

  /** Whether `run` would change anything. */
  isDue(keys: readonly PlannedKey[], occasion: KeyOccasion): boolean {
    return this.plan(keys, occasion).length > 0;
  }

  /**
   * @returns what was done; nothing where another process was first
   * @throws SecretBoxError when this process cannot open the keys there are
   */
  async run(occasion: KeyOccasion, actor: KeyActor = {}): Promise<readonly KeyStep[]> {
    for (;;) {
      const keys = await this.store.list();
      const foreseen = this.plan(keys, occasion);
      if (foreseen.length === 0) return [];
      // Who cannot open the keys there are would seal new ones that nobody else can open.
      for (const key of keys) key.open();
      // Made before the transaction: an RSA key takes seconds, and nobody holds the lock that long.
      const made = await Promise.all(algorithmsOf(foreseen).map(makeKeyMaterial));
      const steps = await this.transactions.run((tx) => this.attempt(tx, occasion, made, actor));
      if (steps === undefined) continue; // The keys changed meanwhile, and other ones are needed.
      for (const step of steps) this.logger.log(`Signing keys: ${inWords(step)}`);
      return steps;
    }
  }

  private plan(keys: readonly PlannedKey[], occasion: KeyOccasion): readonly KeyStep[] {
    return planKeys(keys, occasion, this.settings, this.clock.now());
  }

  private async attempt(
    tx: EntityManager,
    occasion: KeyOccasion,
    made: readonly KeyMaterial[],
    actor: KeyActor,
  ): Promise<readonly KeyStep[] | undefined> {
    await this.store.lock(tx);
    const steps = this.plan(await this.store.list(tx), occasion);
    if (steps.length === 0) return steps;
    if (algorithmsOf(steps).join() !== made.map(({ alg }) => alg).join()) return undefined;
    const left = [...made];
    const kids: string[] = [];
    for (const step of steps) kids.push(await this.apply(tx, step, left));
    await this.audit.record(tx, {
      ...actor,
      type: EVENTS[occasion],
      outcome: 'success',
      details: { steps: steps.map((step, at) => ({ ...step, kid: kids[at] })) },
    });
    return steps;
  }

  /** @returns the key it was about */
  private async apply(tx: EntityManager, step: KeyStep, made: KeyMaterial[]): Promise<string> {
    if (step.do === 'make') {
      const material = made.shift();
      if (material === undefined) throw new Error('More keys are needed than were made');
      await this.store.add(tx, material, step.state);
      return material.kid;
    }
    if (step.do === 'revoke') {
      await this.revocations.revokeKey(tx, step.kid);
      await this.store.drop(tx, step.kid);
    } else {
      await this.store[step.do](tx, step.kid);
    }
    return step.kid;
  }
}

const EVENTS: Readonly<Record<KeyOccasion, AuditEvent['type']>> = {
  start: 'signing_keys.prepared',
  tick: 'signing_keys.moved_on',
  rotate: 'signing_keys.rotated',
  compromised: 'signing_keys.compromised',
};

function algorithmsOf(steps: readonly KeyStep[]): SigningAlgorithm[] {
  return steps.filter((step) => step.do === 'make').map(({ alg }) => alg);
}

function inWords(step: KeyStep): string {
  switch (step.do) {
    case 'make':
      return `made a key for ${step.alg} (${step.state})`;
    case 'request':
      return `${step.kid} signs as soon as it was published long enough`;
    case 'activate':
      return `${step.kid} signs from now on`;
    case 'retire':
      return `${step.kid} only verifies from now on`;
    case 'drop':
      return `${step.kid} is gone`;
    case 'revoke':
      return `${step.kid} is gone, and every token it signed`;
  }
}
