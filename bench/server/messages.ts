/** What the measuring process asks of a server process. */
export type Question =
  | { readonly ask: 'cpu' }
  | { readonly ask: 'collect-garbage' }
  | { readonly ask: 'first-use'; readonly batches: number };

/** Sent once, when our application listens. */
export interface Ready {
  readonly url: string;
  /** A live access token with a verified second factor. */
  readonly token: string;
  /** What it is signed with. */
  readonly algorithm: string;
}

/** CPU time of the server process so far, in µs. */
export type Cpu = number;

/** CPU time for one token in µs, one value a batch. */
export interface TokenCosts {
  /** The strategy of passport-jwt by itself: signature, algorithm, issuer, audience and times. */
  readonly passportJwt: readonly number[];
  /** The guard, with a token that it has not seen before. */
  readonly firstUse: readonly number[];
  /** The guard, with a token that it knows. */
  readonly laterUse: readonly number[];
}
