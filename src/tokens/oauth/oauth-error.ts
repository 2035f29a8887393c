/** A refusal of RFC 6749 §5.2. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';

  /** @param description one plain sentence; neither quotes nor backslashes */
  constructor(
    readonly code: 'invalid_request' | 'invalid_client',
    readonly description: string,
  ) {
    super(`${code}: ${description}`);
  }

  get status(): 400 | 401 {
    return this.code === 'invalid_client' ? 401 : 400;
  }
}
