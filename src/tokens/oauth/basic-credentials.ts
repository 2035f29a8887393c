/** What a client calls itself, and its proof. */
export interface ClientCredentials {
  readonly id: string;
  readonly secret: string;
}

/** RFC 9110 §11.1: the scheme in any case. RFC 7617 §2: base64 of id, colon, secret. */
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i;

/**
 * The credentials of an `Authorization: Basic` header as an OAuth client writes it: id and secret are form-encoded first
 * (RFC 6749 §2.3.1), so that a colon in an id stays in the id. Undefined when it is anything else.
 */
export function basicCredentials(authorization: string | undefined): ClientCredentials | undefined {
  const encoded = BASIC.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return undefined;
  const id = formDecoded(text.slice(0, colon));
  const secret = formDecoded(text.slice(colon + 1));
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
