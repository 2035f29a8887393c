import { DomainError } from '../../platform/errors/domain-error';
import type { TokenTransport } from '../../platform/http/token-transport';

/** A refresh token and the way it came, which must be its session's. */
export interface ShownRefreshToken {
  readonly token: string;
  readonly transport: TokenTransport;
}

/**
 * The refresh token that a request means. One in the body is meant on purpose, and goes before a cookie that the browser
 * sends along by itself.
 *
 * @param asked what `X-Token-Transport` says: a page that counts on its cookie learns that it has to sign in
 * @throws DomainError `validation_failed` without either; `invalid_refresh_token` where a cookie was to be expected
 */
export function shownRefreshToken(
  body: string | undefined,
  cookie: string | undefined,
  asked: TokenTransport,
): ShownRefreshToken {
  if (body !== undefined) return { token: body, transport: 'body' };
  if (cookie !== undefined) return { token: cookie, transport: 'cookie' };
  if (asked === 'cookie')
    throw new DomainError('invalid_refresh_token', { detail: 'Sign in again.', reason: 'no cookie' });
  const message = 'refreshToken must be given, in the body or as a cookie';
  throw new DomainError('validation_failed', { errors: [{ path: 'refreshToken', code: 'required', message }] });
}
