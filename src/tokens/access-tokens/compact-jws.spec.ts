import { readJwsHeader } from './compact-jws';

const encode = (text: string) => Buffer.from(text, 'utf8').toString('base64url');
const HEADER = '{"typ":"at+jwt","alg":"ES256","kid":"k1"}';
const withHeader = (header: string) => `${encode(header)}.${encode('{}')}.${'A'.repeat(86)}`;

describe(readJwsHeader.name, () => {
  it('reads type, algorithm and key id', () => {
    expect(readJwsHeader(withHeader(HEADER))).toEqual({ typ: 'at+jwt', alg: 'ES256', kid: 'k1' });
  });

  it('hands on nothing else of the header, least of all keys', () => {
    const header =
      '{"typ":"at+jwt","alg":"ES256","kid":"k1","jku":"https://evil.example/jwks","x5u":"https://evil.example"}';
    expect(readJwsHeader(withHeader(header))).toEqual({ typ: 'at+jwt', alg: 'ES256', kid: 'k1' });
  });

  it('reads each header anew, whichever came before', () => {
    const other = withHeader('{"typ":"at+jwt","alg":"ES256","kid":"k2"}');
    expect([withHeader(HEADER), other, withHeader(HEADER)].map((token) => readJwsHeader(token)?.kid)).toEqual([
      'k1',
      'k2',
      'k1',
    ]);
  });

  it('takes each part in the one spelling that base64url has for its bytes', () => {
    const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
    const parts = ['', 'A', 'AB', 'ABC'].flatMap((start) => alphabet.map((last) => start + last));
    const taken = parts.filter((part) => readJwsHeader(`${encode(HEADER)}.e30.${part}`) !== undefined);
    expect(taken).toEqual(parts.filter((part) => Buffer.from(part, 'base64url').toString('base64url') === part));
  });

  const A_5 =
    'eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.';
  const A_1 =
    'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
  const valid = withHeader(HEADER);
  const [head, payload, signature] = valid.split('.') as [string, string, string];

  it.each([
    ['the unsecured JWS of RFC 7515 A.5', A_5],
    ['the JWS of RFC 7515 A.1, which names no key', A_1],
    ['nothing', ''],
    ['two parts', `${head}.${payload}`],
    ['four parts', `${valid}.AAAA`],
    ['five parts, as a JWE has', `${valid}.AAAA.AAAA`],
    ['an empty header', `.${payload}.${signature}`],
    ['an empty payload', `${head}..${signature}`],
    ['an empty signature', `${head}.${payload}.`],
    ['padding', `${head}=.${payload}.${signature}`],
    ['a space', `${head}.${payload}. ${signature}`],
    ['a line break at the end', `${valid}\n`],
    ['the letters of plain base64', `${head}.${payload}.${'+'.repeat(86)}`],
    ['a spelling of base64url that is not canonical', `${head}.${payload}.${'A'.repeat(85)}B`],
    ['a length that no base64url has', `${head}.${payload}.${'A'.repeat(85)}`],
    ['more than 8 KiB', `${head}.${'A'.repeat(8192)}.${signature}`],
    ['the JSON serialisation', JSON.stringify({ protected: head, payload, signature })],
    ['a header that is no JSON', withHeader('at+jwt')],
    ['a header that is a list', withHeader('["at+jwt","ES256","k1"]')],
    ['a header that is null', withHeader('null')],
    ['a header that is not UTF-8', `${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${payload}.${signature}`],
    ['a header without type', withHeader('{"alg":"ES256","kid":"k1"}')],
    ['a header without algorithm', withHeader('{"typ":"at+jwt","kid":"k1"}')],
    ['a header without key id', withHeader('{"typ":"at+jwt","alg":"ES256"}')],
    ['a type that is no text', withHeader('{"typ":["at+jwt"],"alg":"ES256","kid":"k1"}')],
    ['a key id that is no text', withHeader('{"typ":"at+jwt","alg":"ES256","kid":1}')],
    ['a critical extension', withHeader('{"typ":"at+jwt","alg":"ES256","kid":"k1","crit":["x"],"x":1}')],
    ['an empty list of critical extensions', withHeader('{"typ":"at+jwt","alg":"ES256","kid":"k1","crit":[]}')],
    ['an unencoded payload (RFC 7797)', withHeader('{"typ":"at+jwt","alg":"ES256","kid":"k1","b64":false}')],
    ['a name twice', withHeader('{"alg":"none","typ":"at+jwt","alg":"ES256","kid":"k1"}')],
    ['a name twice, once in disguise', withHeader('{"alg":"ES256","typ":"at+jwt","\\u0061lg":"none","kid":"k1"}')],
  ])('refuses %s', (_, token) => {
    expect(readJwsHeader(token)).toBeUndefined();
  });

  it('is not misled by a value that looks like a name', () => {
    const header = { typ: 'at+jwt', alg: 'ES256', kid: '","alg":"none' };
    expect(readJwsHeader(withHeader(JSON.stringify(header)))).toEqual(header);
  });
});
