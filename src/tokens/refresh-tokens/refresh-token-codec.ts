import { Injectable } from '@nestjs/common';
import { parse, stringify } from 'uuid';
import { MacKeys } from '../../platform/crypto/mac-keys';

const PREFIX = 'csr_';
const PURPOSE = 'refresh-token';
const KEY_BYTES = 4;
const SESSION_BYTES = 16;
const COUNTER_BYTES = 6;
const SIGNED_BYTES = KEY_BYTES + SESSION_BYTES + COUNTER_BYTES;
const MAC_BYTES = 32;

/** What a genuine refresh token says. */
export interface PresentedRefreshToken {
  readonly sessionId: string;
  readonly counter: number;
}

/**
 * `csr_` + base64url(key id, session id, counter, HMAC-SHA-256 over them). Nothing of it is stored: a stolen table gives no
 * token, and a forged one is refused before any query.
 */
@Injectable()
export class RefreshTokenCodec {
  constructor(private readonly macKeys: MacKeys) {}

  encode({ sessionId, counter }: PresentedRefreshToken): string {
    const signed = Buffer.alloc(SIGNED_BYTES);
    signed.writeUInt32BE(this.macKeys.newestId, 0);
    signed.set(parse(sessionId), KEY_BYTES);
    signed.writeUIntBE(counter, KEY_BYTES + SESSION_BYTES, COUNTER_BYTES);
    const { digest } = this.macKeys.sign(PURPOSE, signed);
    return PREFIX + Buffer.concat([signed, digest]).toString('base64url');
  }

  /** @returns undefined for anything this service did not make */
  decode(token: string): PresentedRefreshToken | undefined {
    if (!token.startsWith(PREFIX)) return undefined;
    const text = token.slice(PREFIX.length);
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length !== SIGNED_BYTES + MAC_BYTES || bytes.toString('base64url') !== text) return undefined;
    const signed = bytes.subarray(0, SIGNED_BYTES);
    const mac = { keyId: signed.readUInt32BE(0), digest: bytes.subarray(SIGNED_BYTES) };
    if (!this.macKeys.verify(PURPOSE, signed, mac)) return undefined;
    return {
      sessionId: stringify(signed.subarray(KEY_BYTES, KEY_BYTES + SESSION_BYTES)),
      counter: signed.readUIntBE(KEY_BYTES + SESSION_BYTES, COUNTER_BYTES),
    };
  }
}
