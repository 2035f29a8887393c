import { relyingPartyProblems } from './relying-party';

describe(relyingPartyProblems, () => {
  it.each([
    ['example.com', ['https://example.com']],
    ['example.com', ['https://example.com', 'https://app.example.com', 'https://a.b.example.com:8443']],
    ['app.example.com', ['https://app.example.com']],
    ['xn--bcher-kva.example', ['https://xn--bcher-kva.example']],
    ['localhost', ['http://localhost:3000', 'http://localhost']],
    ['app.localhost', ['http://app.localhost:5173']],
  ])('takes %s for %j', (rpId, origins) => {
    expect(relyingPartyProblems(rpId, origins)).toEqual([]);
  });

  it.each([
    ['example.com', ['https://example.org'], 'WEBAUTHN_RP_ID'],
    ['example.com', ['https://example.com', 'https://example.com.evil.test'], 'WEBAUTHN_RP_ID'],
    ['example.com', ['https://notexample.com'], 'WEBAUTHN_RP_ID'],
    ['app.example.com', ['https://example.com'], 'WEBAUTHN_RP_ID'],
    ['com', ['https://example.com'], 'WEBAUTHN_RP_ID'],
    ['127.0.0.1', ['https://127.0.0.1'], 'WEBAUTHN_RP_ID'],
    ['Example.com', ['https://example.com'], 'WEBAUTHN_RP_ID'],
    ['https://example.com', ['https://example.com'], 'WEBAUTHN_RP_ID'],
    ['example.com:443', ['https://example.com'], 'WEBAUTHN_RP_ID'],
    ['.example.com', ['https://example.com'], 'WEBAUTHN_RP_ID'],
    ['example.com', ['http://example.com'], 'WEBAUTHN_ORIGINS'],
    ['example.com', ['https://Example.com'], 'WEBAUTHN_ORIGINS'],
    ['example.com', ['https://example.com:443'], 'WEBAUTHN_ORIGINS'],
    ['example.com', ['https://['], 'WEBAUTHN_ORIGINS'],
  ])('refuses %s for %j', (rpId, origins, variable) => {
    expect(relyingPartyProblems(rpId, origins)).toEqual([expect.stringMatching(new RegExp(`^${variable}:`))]);
  });
});
