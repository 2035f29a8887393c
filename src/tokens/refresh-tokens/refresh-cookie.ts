import { stringifySetCookie } from 'cookie';

/** `__Host-`: a browser takes it only over TLS, only from this host, and sends it to no other. */
export const REFRESH_COOKIE = '__Host-csr';

const ATTRIBUTES = { name: REFRESH_COOKIE, path: '/', httpOnly: true, secure: true, sameSite: 'strict' } as const;

/** `Set-Cookie` with a refresh token. @param maxAge seconds until its session ends if it is not used */
export function refreshCookie(token: string, maxAge: number): string {
  return stringifySetCookie({ ...ATTRIBUTES, value: token, maxAge });
}

/** `Set-Cookie` that takes it away. */
export function noRefreshCookie(): string {
  return stringifySetCookie({ ...ATTRIBUTES, value: '', maxAge: 0 });
}
