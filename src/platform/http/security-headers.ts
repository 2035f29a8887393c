/** Nothing is loaded, framed or run: the API answers data. */
export const API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

export const HSTS = { maxAge: 31_536_000, includeSubDomains: true } as const;

/** For answers that no hook sees: to what cannot be parsed as a request, or has no address. */
export const BARE_SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': API_POLICY,
  'referrer-policy': 'no-referrer',
  'strict-transport-security': `max-age=${HSTS.maxAge}; includeSubDomains`,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
};
