/** RFC 8414 §2: what this service says of itself to whoever takes its tokens. */
export interface AuthorizationServerMetadata {
  readonly issuer: string;
  readonly jwks_uri?: string;
  readonly introspection_endpoint: string;
  readonly introspection_endpoint_auth_methods_supported: string[];
  readonly acr_values_supported: string[];
}

/** How long a client may keep the metadata, in seconds. */
export const METADATA_MAX_AGE = 300;

const WELL_KNOWN = '/.well-known/oauth-authorization-server';

/**
 * Says what is true and no more. Tokens come from this service's own sign-in and not from an OAuth grant, so there are no
 * authorization and token endpoints, and no response types. RFC 8414 §2 asks for `response_types_supported`, but §3.2 forbids
 * a member without values, and naming one would promise what no endpoint keeps.
 *
 * @param hasKeySet whether any key can be published: a shared secret (HS*) cannot
 */
export function authorizationServerMetadata(
  issuer: string,
  hasKeySet: boolean,
  acrValues: readonly string[],
): AuthorizationServerMetadata {
  return {
    issuer,
    ...(hasKeySet && { jwks_uri: `${issuer}/.well-known/jwks.json` }),
    introspection_endpoint: `${issuer}/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
    // RFC 9470 §7.
    acr_values_supported: [...acrValues],
  };
}

/** Whether the metadata is at this address: RFC 8414 §3.1 puts the path of an issuer after the well-known name. */
export function isMetadataPath(path: string, issuer: string): boolean {
  const { pathname } = new URL(issuer);
  return path === WELL_KNOWN + (pathname === '/' ? '' : pathname);
}
