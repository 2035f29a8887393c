/** Nothing is loaded, framed or run: the API answers data. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Swagger UI brings its own scripts, and styles itself inline. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** For answers that no hook sees: to what cannot be parsed as a request, or has no address. */
export const BARE_SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': API_POLICY,
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
};

/**
 * What helmet sets, as it is set up here. Written out, because these never change: helmet puts them together anew for each
 * answer, one function a header, and past the HTTP adapter, which then writes every header twice.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  ...BARE_SECURITY_HEADERS,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-site',
  'origin-agent-cluster': '?1',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
  // Tokens, secrets, people's data: what may be kept says so itself.
  'cache-control': 'no-store',
};

export const DOCS_SECURITY_HEADERS = { ...SECURITY_HEADERS, 'content-security-policy': DOCS_POLICY };
