/** Another service, which may ask about tokens. */
export interface ServiceClient {
  readonly id: string;
  readonly name: string;
  /** The values of `aud` that it may ask about. */
  readonly audiences: readonly string[];
  readonly createdAt: Date;
  /** To the minute. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}
