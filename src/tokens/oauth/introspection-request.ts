import { OAuthError } from './oauth-error';

/**
 * The token that an introspection request asks about (RFC 7662 §2.1). `token_type_hint` and parameters that nobody knows are
 * left aside.
 *
 * @throws OAuthError `invalid_request`
 */
export function introspectedToken(form: URLSearchParams): string {
  const names = [...form.keys()];
  // RFC 6749 §3.2: no parameter more than once.
  if (new Set(names).size < names.length) throw new OAuthError('invalid_request', 'A parameter is given twice.');
  // RFC 6749 §2.3: one way to authenticate, and it was Authorization: Basic.
  if (form.has('client_secret') || form.has('client_assertion')) {
    throw new OAuthError('invalid_request', 'Authenticate by Authorization: Basic alone.');
  }
  // RFC 6749 §3.2: a parameter without a value is as good as none.
  const token = form.get('token') ?? '';
  if (token === '') throw new OAuthError('invalid_request', 'The parameter token is missing.');
  return token;
}
