/** What the measuring process asks of the server process. */
export type Question = { readonly ask: 'cpu' } | { readonly ask: 'first-use'; readonly batches: number };

/** Sent once, when the server listens. */
export interface Ready {
  readonly url: string;
  /** A live access token with a verified second factor. */
  readonly token: string;
}

/** CPU time of the server process so far, in µs. */
export type Cpu = number;

/** CPU time for one token, in µs; medians over the batches. */
export interface TokenCosts {
  /** `jsonwebtoken.verify` by itself: signature, algorithm, issuer and audience. */
  readonly verifyAlone: number;
  /** The guard, with a token that it has not seen before. */
  readonly firstUse: number;
  /** The guard, with a token that it knows. */
  readonly laterUse: number;
}
