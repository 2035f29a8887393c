import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const RANDOM_BYTES = 16;
const IDS_A_DRAW = 256;

let drawn = Buffer.alloc(0);
let used = 0;

/** A UUIDv7 for a request. Chance is drawn for many at once, because each draw costs several times the rest of an id. */
export function newRequestId(): string {
  if (used === drawn.length) {
    drawn = randomBytes(IDS_A_DRAW * RANDOM_BYTES);
    used = 0;
  }
  used += RANDOM_BYTES;
  return uuidv7({ random: drawn.subarray(used - RANDOM_BYTES, used) });
}
