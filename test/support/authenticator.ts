import { createHmac } from 'node:crypto';
import type { Clock } from '../../src/platform/clock/clock';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An authenticator app, written from RFC 6238 and not from our own code. */
export class Authenticator {
  private readonly key: Buffer;

  constructor(
    base32Secret: string,
    private readonly clock: Clock,
  ) {
    const bits = [...base32Secret].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
    this.key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  }

  /** The code of now, or of so many steps later (earlier, when negative). */
  code(steps = 0): string {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(this.clock.nowInSeconds() / 30) + steps));
    const mac = createHmac('sha1', this.key).update(counter).digest();
    const offset = mac[19]! & 0xf;
    return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
  }

  /** Some code that is none of those around now. */
  wrongCode(): string {
    const near = [-2, -1, 0, 1, 2].map((steps) => this.code(steps));
    const wrong = Array.from({ length: 10 }, (_, digit) => String(digit).repeat(6));
    return wrong.find((code) => !near.includes(code))!;
  }
}
