import type { Countersign } from './support/measured-server';
import { median, type Spread, spread } from './support/statistics';

/** CPU time for one token, µs. */
export interface FirstUse {
  readonly algorithm: string;
  readonly batches: number;
  /** Medians. */
  readonly passportJwt: number;
  readonly firstUse: number;
  readonly laterUse: number;
  /** What the guard takes above passport-jwt for the same tokens. */
  readonly added: Spread;
}

/** Checking a token without HTTP: passport-jwt by itself, the guard with a token that it has not seen, and with one it has. */
export async function measureFirstUse(server: Countersign, batches: number): Promise<FirstUse> {
  const { passportJwt, firstUse, laterUse } = await server.tokenCosts(batches);
  return {
    algorithm: server.ready.algorithm,
    batches,
    passportJwt: median(passportJwt),
    firstUse: median(firstUse),
    laterUse: median(laterUse),
    added: spread(firstUse.map((cost, batch) => cost - (passportJwt[batch] ?? Number.NaN))),
  };
}
