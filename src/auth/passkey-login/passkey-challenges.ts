import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { type EntityManager, LessThan } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { MfaSettings } from '../../platform/config/settings/mfa.settings';
import { MacKeys } from '../../platform/crypto/mac-keys';
import { returnedRows } from '../../platform/database/returned-rows';
import { UsedPasskeyChallengeEntity } from './entities/used-passkey-challenge.entity';

const PURPOSE = 'passkey-challenge';
const KEY_BYTES = 4;
const TIME_BYTES = 6;
const CHALLENGE_BYTES = 32;
const SIGNED_BYTES = KEY_BYTES + TIME_BYTES + CHALLENGE_BYTES;
const MAC_BYTES = 32;
/** Kept for longer than they live: the clocks of replicas differ. */
const KEPT_SECONDS = 3600;

/** A challenge for whoever comes. */
export interface PasskeyChallenge {
  /** 32 random bytes. */
  readonly challenge: Buffer;
  readonly expiresAt: Date;
}

/**
 * Challenges that are for nobody in particular, so that whoever asks for them makes no row: the id is base64url(key id, expiry,
 * challenge, HMAC-SHA-256 over them). Written down is only that one was used.
 */
@Injectable()
export class PasskeyChallenges {
  constructor(
    private readonly macKeys: MacKeys,
    private readonly clock: Clock,
    private readonly settings: MfaSettings,
  ) {}

  issue(): PasskeyChallenge & { readonly id: string } {
    const expiresAt = this.clock.in(this.settings.challengeTtl);
    const challenge = randomBytes(CHALLENGE_BYTES);
    const signed = Buffer.alloc(SIGNED_BYTES);
    signed.writeUInt32BE(this.macKeys.newestId, 0);
    signed.writeUIntBE(expiresAt.getTime(), KEY_BYTES, TIME_BYTES);
    signed.set(challenge, KEY_BYTES + TIME_BYTES);
    const { digest } = this.macKeys.sign(PURPOSE, signed);
    return { id: Buffer.concat([signed, digest]).toString('base64url'), challenge, expiresAt };
  }

  /** @returns undefined for anything this service did not make, and for what is too old */
  open(id: string): PasskeyChallenge | undefined {
    const bytes = Buffer.from(id, 'base64url');
    if (bytes.length !== SIGNED_BYTES + MAC_BYTES || bytes.toString('base64url') !== id) return undefined;
    const signed = bytes.subarray(0, SIGNED_BYTES);
    const mac = { keyId: signed.readUInt32BE(0), digest: bytes.subarray(SIGNED_BYTES) };
    if (!this.macKeys.verify(PURPOSE, signed, mac)) return undefined;
    const expiresAt = new Date(signed.readUIntBE(KEY_BYTES, TIME_BYTES));
    if (expiresAt <= this.clock.now()) return undefined;
    return { challenge: signed.subarray(KEY_BYTES + TIME_BYTES), expiresAt };
  }

  /** @returns true once */
  async use(tx: EntityManager, { challenge, expiresAt }: PasskeyChallenge): Promise<boolean> {
    const used = await tx
      .createQueryBuilder()
      .insert()
      .into(UsedPasskeyChallengeEntity)
      .values({ challenge, expiresAt })
      .orIgnore()
      .returning('challenge')
      .execute();
    return returnedRows(used).length === 1;
  }

  async dropExpired(tx: EntityManager): Promise<void> {
    await tx.delete(UsedPasskeyChallengeEntity, { expiresAt: LessThan(this.clock.in(-KEPT_SECONDS)) });
  }
}
