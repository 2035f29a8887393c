import { DomainError } from '../../platform/errors/domain-error';

/** RFC 6750 §2.1; the scheme in any case (RFC 9110 §11.1). */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;

export function invalidToken(reason: string): DomainError {
  return new DomainError('token_invalid', { reason, challenge: { error: 'invalid_token' } });
}

/** Whoever verifies a token asks twice in a row. */
let last: { readonly authorization: string; readonly token: string } | undefined;

/**
 * The token of an `Authorization` header.
 *
 * @throws DomainError `token_missing` without one, `token_invalid` when it cannot be a token
 */
export function bearerToken(authorization: string | undefined): string {
  if (authorization !== undefined && last?.authorization === authorization) return last.token;
  if (authorization === undefined || !/^bearer(\s|$)/i.test(authorization)) {
    throw new DomainError('token_missing', { detail: 'Send an access token as Authorization: Bearer.' });
  }
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) throw invalidToken('not a bearer token');
  last = { authorization, token };
  return token;
}
