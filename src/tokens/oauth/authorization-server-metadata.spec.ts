import { authorizationServerMetadata, isMetadataPath } from './authorization-server-metadata';

describe(authorizationServerMetadata, () => {
  const metadata = authorizationServerMetadata('https://id.example.com/auth', true, ['aal1', 'aal2']);

  it('says what is true, and where', () => {
    expect(metadata).toEqual({
      issuer: 'https://id.example.com/auth',
      jwks_uri: 'https://id.example.com/auth/.well-known/jwks.json',
      introspection_endpoint: 'https://id.example.com/auth/oauth/introspect',
      introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
      acr_values_supported: ['aal1', 'aal2'],
    });
  });

  it('names no key set where no key can be published', () => {
    expect(authorizationServerMetadata('https://id.example.com', false, ['aal1'])).not.toHaveProperty('jwks_uri');
  });
});

describe(isMetadataPath, () => {
  const WELL_KNOWN = '/.well-known/oauth-authorization-server';

  it.each([
    ['https://id.example.com', WELL_KNOWN],
    ['https://id.example.com/auth', `${WELL_KNOWN}/auth`],
    ['https://id.example.com/a/b', `${WELL_KNOWN}/a/b`],
    ['https://id.example.com/%C3%BC', `${WELL_KNOWN}/%C3%BC`],
  ])('of %s is %s', (issuer, path) => {
    expect(isMetadataPath(path, issuer)).toBe(true);
  });

  it.each([
    ['https://id.example.com', `${WELL_KNOWN}/`],
    ['https://id.example.com', `${WELL_KNOWN}/auth`],
    ['https://id.example.com/auth', `${WELL_KNOWN}/auth/`],
    ['https://id.example.com/auth', `${WELL_KNOWN}/Auth`],
    ['https://id.example.com/auth', `${WELL_KNOWN}/auth/b`],
    ['https://id.example.com/a/b', `${WELL_KNOWN}/a`],
    ['https://id.example.com/auth', `${WELL_KNOWN}//auth`],
  ])('of %s is not %s', (issuer, path) => {
    expect(isMetadataPath(path, issuer)).toBe(false);
  });
});
