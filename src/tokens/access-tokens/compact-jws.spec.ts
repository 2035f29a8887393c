import { readJwsClaims, readJwsHeader } from './compact-jws';

const encode = (text: string) => Buffer.from(text, 'utf8').toString('base64url');
const HEADER = '{"typ":"at+jwt","alg":"ES256","kid":"k1"}';
const withHeader = (header: string) => `${encode(header)}.${encode('{}')}.${'A'.repeat(86)}`;
const withPayload = (payload: string | Buffer) =>
  `${encode(HEADER)}.${Buffer.from(payload).toString('base64url')}.${'A'.repeat(86)}`;

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

  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/AT+JWT'])('reads the media type %s', (typ) => {
    expect(readJwsHeader(withHeader(JSON.stringify({ typ, alg: 'ES256', kid: 'k1' })))?.typ).toBe('at+jwt');
  });

  it.each(['application/application/at+jwt', 'text/at+jwt', ' at+jwt', 'at+jwt; charset=utf-8', '\u212aat+jwt'])(
    'takes %j for no other type than it is',
    (typ) => {
      expect(readJwsHeader(withHeader(JSON.stringify({ typ, alg: 'ES256', kid: 'k1' })))?.typ).not.toBe('at+jwt');
    },
  );

  it('takes names that a nested object has as well', () => {
    const header = '{"typ":"at+jwt","alg":"ES256","kid":"k1","jwk":{"alg":"none","kid":"k2","kty":"EC"}}';
    expect(readJwsHeader(withHeader(header))).toEqual({ typ: 'at+jwt', alg: 'ES256', kid: 'k1' });
  });

  it('takes a name of JavaScript for a name', () => {
    const header = '{"typ":"at+jwt","alg":"ES256","kid":"k1","__proto__":{"crit":["x"]},"constructor":1}';
    expect(readJwsHeader(withHeader(header))).toEqual({ typ: 'at+jwt', alg: 'ES256', kid: 'k1' });
    expect(({} as Record<string, unknown>)['crit']).toBeUndefined();
    expect(readJwsHeader(withHeader('{"__proto__":{"typ":"at+jwt","alg":"ES256","kid":"k1"}}'))).toBeUndefined();
  });

  it.each([
    ['a name twice in a nested object', '{"typ":"at+jwt","alg":"ES256","kid":"k1","jwk":{"a":1,"a":1}}'],
    ['a name of JavaScript twice', '{"typ":"at+jwt","alg":"ES256","kid":"k1","__proto__":1,"__proto__":1}'],
    ['a critical extension in disguise', '{"typ":"at+jwt","alg":"ES256","kid":"k1","\\u0063rit":["x"]}'],
    ['white space', '{"typ": "at+jwt","alg":"ES256","kid":"k1"}'],
    ['a line break', '{"typ":"at+jwt","alg":"ES256","kid":"k1"}\n'],
    ['a byte order mark', '\ufeff{"typ":"at+jwt","alg":"ES256","kid":"k1"}'],
    ['something behind', '{"typ":"at+jwt","alg":"ES256","kid":"k1"}{}'],
    ['an escape where none is needed', '{"typ":"at\\u002bjwt","alg":"ES256","kid":"k1"}'],
    ['a slash that is escaped', '{"typ":"application\\/at+jwt","alg":"ES256","kid":"k1"}'],
  ])('refuses a header with %s', (_, header) => {
    expect(readJwsHeader(withHeader(header))).toBeUndefined();
  });

  const claims =
    '{"sub":"ada","exp":1800000300,"tenant":{"id":7,"name":"\u00e9 \u{1f512} \\n"},"list":[1,-2,0.5,1e+30]}';

  it('takes claims as JSON.stringify writes them', () => {
    expect(readJwsHeader(withPayload(claims))).toBeDefined();
    expect(readJwsClaims(withPayload(claims))).toEqual(JSON.parse(claims));
  });

  it.each([
    ['no JSON', 'sub=ada'],
    ['a list', '[]'],
    ['text', '"ada"'],
    ['null', 'null'],
    ['a number', '7'],
    ['a name twice', '{"sub":"ada","sub":"ada"}'],
    ['a name twice, once in disguise', '{"sub":"ada","s\\u0075b":"eve"}'],
    ['a name twice in a nested object', '{"a":{"b":1,"b":1}}'],
    ['a name twice in an object of a list', '{"a":[{"b":1},{"b":1,"b":2}]}'],
    ['white space', '{"sub":"ada" }'],
    ['a byte order mark', '\ufeff{"sub":"ada"}'],
    ['bytes that are no UTF-8', Buffer.from([...Buffer.from('{"a":"'), 0xc3, 0x28, ...Buffer.from('"}')])],
    ['an overlong spelling of a letter', Buffer.from([...Buffer.from('{"a":"'), 0xc1, 0xa1, ...Buffer.from('"}')])],
    ['half a character', Buffer.from([...Buffer.from('{"a":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')])],
    ['a NUL', '{"a":"\u0000"}'],
    ['a number with an exponent', '{"exp":18e8}'],
    ['a number with a fraction that is none', '{"exp":1800000300.0}'],
    ['a number that no double holds', '{"exp":18000003000000000001}'],
    ['a number beyond all', '{"exp":1e999}'],
    ['a negative zero', '{"exp":-0}'],
    ['a comma too many', '{"sub":"ada",}'],
    ['a comment', '{"sub":"ada"/**/}'],
    ['single quotes', "{'sub':'ada'}"],
    ['something behind', '{"sub":"ada"}x'],
  ])('refuses claims with %s', (_, payload) => {
    expect(readJwsHeader(withPayload(payload))).toBeUndefined();
    expect(readJwsClaims(withPayload(payload))).toBeUndefined();
  });

  it.each(['[', '{"a":'])('bears any nesting that fits: %s', (open) => {
    const close = open === '[' ? ']' : '}';
    const levels = Math.floor(5900 / (open.length + 1));
    const payload = `{"a":${open.repeat(levels)}${open === '[' ? '' : '1'}${close.repeat(levels)}}`;
    expect(() => readJwsHeader(withPayload(payload))).not.toThrow();
    expect(readJwsHeader(withPayload(open.repeat(levels)))).toBeUndefined();
  });

  it('forgets a good token when a bad one with its header comes', () => {
    const good = withPayload('{"sub":"ada"}');
    expect(readJwsHeader(good)).toBeDefined();
    expect(readJwsHeader(withPayload('{"sub":"ada","sub":"eve"}'))).toBeUndefined();
    expect(readJwsHeader(good)).toBeDefined();
    expect(readJwsHeader(`${good}=`)).toBeUndefined();
  });
});
