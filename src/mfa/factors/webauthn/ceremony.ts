/** What a response has to answer. */
export interface Ceremony {
  /** Made here, at least 32 random bytes. */
  readonly challenge: Buffer;
  readonly rpId: string;
  readonly origins: readonly string[];
}

/** COSE: Ed25519, ES256, RS256, the better first. */
export const ALGORITHMS = [-8, -7, -257] as const;

/** Bytes of a challenge (WebAuthn L3 §13.4.3 asks for 16). */
export const CHALLENGE_BYTES = 32;
