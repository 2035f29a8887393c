import { Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/clock';
import { MfaSettings } from '../../../platform/config/settings/mfa.settings';
import { MacKeys } from '../../../platform/crypto/mac-keys';
import { Channels } from '../../../platform/notifications/channels';
import type { Channel, Message } from '../../../platform/notifications/message';
import { Messenger } from '../../../platform/notifications/messenger';
import type { Delivery } from '../mfa-factor';
import { generateOneTimeCode } from './one-time-code';

/** NIST SP 800-63B-4 §3.1.3.2: a code that was sent is dead after ten minutes, however long challenges live. */
const LONGEST_LIFE_SECONDS = 600;
const KEY_ID_BYTES = 4;

/** What a code is good for, and nothing else. */
export interface CodeBinding {
  readonly purpose: 'enrollment' | 'challenge' | 'contact';
  /** Id of the challenge, of the pending factor, or of the verification of a contact. */
  readonly id: string;
  /** The session it works in; of a contact, which any session may confirm, account and destination. */
  readonly boundTo: string;
}

/** Where a code goes, and in which language. */
export type CodeAddress = Pick<Message, 'channel' | 'to' | 'languages'>;

export interface SentCode {
  /** The MAC of the code, which `isRight` takes. */
  readonly state: Buffer;
  readonly expiresAt: Date;
  readonly delivery: Delivery;
  /** What the delivery sends, for whoever sends it by the outbox. */
  readonly message: Message;
}

/** Codes that leave by e-mail or SMS. In clear they are in the message alone; kept is an HMAC over code and binding. */
@Injectable()
export class SentCodes {
  constructor(
    private readonly macKeys: MacKeys,
    private readonly messenger: Messenger,
    private readonly channels: Channels,
    private readonly settings: MfaSettings,
    private readonly clock: Clock,
  ) {}

  canSend(channel: Channel): boolean {
    return this.channels.canSend(channel);
  }

  /** Makes a code. It is sent by the delivery. */
  issue(binding: CodeBinding, { channel, to, languages }: CodeAddress): SentCode {
    const code = generateOneTimeCode();
    const life = Math.min(this.settings.challengeTtl, LONGEST_LIFE_SECONDS);
    const minutes = String(Math.max(1, Math.floor(life / 60)));
    const template = templateOf(binding, channel);
    const message = { channel, to, template, languages, values: { code, minutes }, data: { code }, goodFor: life };
    const { keyId, digest } = this.macKeys.sign(...signedBy(binding, code));
    const keyIdBytes = Buffer.alloc(KEY_ID_BYTES);
    keyIdBytes.writeUInt32BE(keyId);
    return {
      state: Buffer.concat([keyIdBytes, digest]),
      expiresAt: this.clock.in(life),
      delivery: { deliver: () => this.messenger.sendNow(message) },
      message,
    };
  }

  /** Whether this is the code that was sent for this binding. */
  isRight(binding: CodeBinding, code: string, state: Buffer): boolean {
    const mac = { keyId: state.readUInt32BE(0), digest: state.subarray(KEY_ID_BYTES) };
    return this.macKeys.verify(...signedBy(binding, code), mac);
  }
}

function signedBy({ purpose, id, boundTo }: CodeBinding, code: string): [purpose: string, data: string] {
  return [`sent-code/${purpose}`, `${id}\0${boundTo}\0${code}`];
}

/** Whoever proves an address may be somebody who never had an account: that text says nothing of a password. */
function templateOf({ purpose }: CodeBinding, channel: Channel): string {
  return purpose === 'enrollment' && channel === 'email' ? 'email-first-code' : `${channel}-code`;
}
