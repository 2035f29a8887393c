import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const RANDOM_BYTES = 16;
const IDS_A_DRAW = 256;

let drawn = Buffer.alloc(0);
let used = 0;
let latest = Number.NEGATIVE_INFINITY;
let sequence = 0;

/**
 * A UUIDv7 for what is made at every request. Those of one process rise, also within a millisecond (RFC 9562 §6.2, method 1).
 * Chance is drawn for many at once, because each draw costs several times the rest of an id.
 */
export function newId(): string {
  if (used === drawn.length) {
    drawn = randomBytes(IDS_A_DRAW * RANDOM_BYTES);
    used = 0;
  }
  const random = drawn.subarray(used, (used += RANDOM_BYTES));
  // eslint-disable-next-line no-restricted-properties -- an order, not a time that anything is decided by
  const now = Date.now();
  if (now > latest) {
    latest = now;
    // 31 of 32 bits: room to count on within the millisecond.
    sequence = random.readUInt32BE(0) >>> 1;
  } else {
    sequence++;
  }
  return uuidv7({ random, msecs: latest, seq: sequence });
}
