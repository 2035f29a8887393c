import { connect } from 'node:net';
import { aPrincipal, tokenFor } from '../../src/access/testing';
import { startTestApp, type TestApp } from '../support/test-app';

interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly code: string | undefined;
}

const LIMITS = 'GET /v1/payouts/limits';
const REALM = 'Bearer realm="countersign"';
const INVALID = `${REALM}, error="invalid_token"`;
/** RFC 9110 §11.2, with the characters that RFC 6750 §3 allows. */
const CHALLENGE = /^Bearer (?:[a-z_]+="[\x20\x21\x23-\x5b\x5d-\x7e]*"(?:, (?!$))?)+$/;

describe('Authorization (RFC 6750), byte by byte', () => {
  let app: TestApp;
  let token: string;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off' } });
    token = tokenFor(app.nest, aPrincipal({ acr: 'aal1' }));
  });
  afterAll(() => app.close());

  /** Writes a request just so, as no client library would. */
  async function send(start: string, lines: readonly (string | Buffer)[], body = ''): Promise<Answer> {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    const [method = '', target = ''] = start.split(' ');
    const head = [`${method} ${target} HTTP/1.1`, `host: ${hostname}:${port}`, 'connection: close'];
    const content = body === '' ? [] : [`content-length: ${Buffer.byteLength(body)}`];
    for (const line of [...head, ...lines, ...content]) {
      socket.write(Buffer.concat([Buffer.from(line), Buffer.from('\r\n')]));
    }
    socket.write(`\r\n${body}`);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const [first = '', rest = ''] = Buffer.concat(chunks).toString('latin1').split('\r\n\r\n', 2);
    const [statusLine = '', ...fields] = first.split('\r\n');
    const headers = fields.map((field) => {
      const colon = field.indexOf(':');
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const;
    });
    const status = Number(statusLine.split(' ')[1]);
    // RFC 9110 §11.6.1: one challenge, not several headers that a client might read differently.
    expect(headers.filter(([name]) => name === 'www-authenticate')).toHaveLength(
      status === 401 ? 1 : status === 403 ? 1 : 0,
    );
    const code = /"code":"([a-z_]+)"/.exec(rest)?.[1];
    return { status, headers: new Map(headers), code };
  }

  const outcome = ({ status, code, headers }: Answer) => [status, code, headers.get('www-authenticate')];
  const missing = async (answer: Promise<Answer>) => {
    expect(outcome(await answer)).toEqual([401, 'token_missing', REALM]);
  };
  const invalid = async (answer: Promise<Answer>) => {
    expect(outcome(await answer)).toEqual([401, 'token_invalid', INVALID]);
  };

  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('takes a token after %s', async (scheme) => {
    expect((await send(LIMITS, [`Authorization: ${scheme} ${token}`])).status).toBe(200);
    expect((await send(LIMITS, [`AUTHORIZATION:${scheme}    ${token}  `])).status).toBe(200);
  });

  describe('asks for a token, without an error (§3.1),', () => {
    it('when there is none', () => missing(send(LIMITS, [])));
    it.each(['', 'Basic YTpi', 'Digest x', 'DPoP x', 'Token x', 'Negotiate', 'Bearerx', 'Bear er', '"Bearer x"'])(
      'when the header is %j',
      (value) => missing(send(LIMITS, [`authorization: ${value}`])),
    );
    it('when it comes without a scheme', () => missing(send(LIMITS, [`authorization: ${token}`])));
    it('when it comes under another header', () =>
      missing(
        send(LIMITS, [
          `x-access-token: ${token}`,
          `proxy-authorization: Bearer ${token}`,
          `cookie: access_token=${token}`,
        ]),
      ));
    it('when it comes in the address (§2.3)', async () => {
      for (const name of ['access_token', 'token', 'authorization', 'bearer']) {
        await missing(send(`${LIMITS}?${name}=${token}`, []));
      }
    });
    it('when it comes in a JSON body', () =>
      missing(
        send(
          'POST /v1/auth/reauthenticate',
          ['content-type: application/json'],
          JSON.stringify({ access_token: token }),
        ),
      ));
  });

  it('takes no token from a form (§2.2): no form is read', async () => {
    const form = ['content-type: application/x-www-form-urlencoded'];
    const { status, code } = await send('POST /v1/auth/reauthenticate', form, `access_token=${token}`);
    expect([status, code]).toEqual([415, 'unsupported_media_type']);
  });

  describe('refuses as invalid', () => {
    it.each([
      'Bearer',
      'Bearer ',
      'Bearer  ',
      'Bearer "x"',
      'Bearer x y',
      'Bearer x,y',
      'Bearer x;y',
      'Bearer =',
      'Bearer x=y',
      'Bearer token="x"',
      'Bearer Bearer x',
      'Bearer <script>',
      "Bearer ' OR 1=1 --",
      'Bearer ../../etc/passwd',
      'Bearer x\\',
      'Bearer \u00fc',
      'Bearer \u{1f512}',
      'Bearer {"alg":"none"}',
    ])('%j', (value) => invalid(send(LIMITS, [`authorization: ${value}`])));

    it('bytes that are no characters', () =>
      invalid(send(LIMITS, [Buffer.concat([Buffer.from('authorization: Bearer '), Buffer.from([0xff, 0xfe, 0x80])])])));

    it('a token with something before, after or in it', async () => {
      for (const value of [
        `x ${token}`,
        `${token} x`,
        `"${token}"`,
        `${token},`,
        `${token};`,
        `${token}.`,
        `${token}=`,
      ]) {
        await invalid(send(LIMITS, [`authorization: Bearer ${value}`]));
      }
      await invalid(send(LIMITS, [`authorization: Bearer\t${token}`]));
    });

    it('two tokens in one header', () => invalid(send(LIMITS, [`authorization: Bearer ${token}, Bearer ${token}`])));

    it('two headers, even the same twice: a proxy may have looked at the other', async () => {
      const good = `authorization: Bearer ${token}`;
      await invalid(send(LIMITS, [good, good]));
      await invalid(send(LIMITS, [good, 'Authorization: Bearer x.y.z']));
      await invalid(send(LIMITS, ['authorization: Bearer x.y.z', good]));
      await invalid(send(LIMITS, [good, 'Authorization: Basic YTpi']));
      await missing(send(LIMITS, ['authorization: Basic YTpi', good]));
      await missing(send(LIMITS, ['authorization:', good]));
    });
  });

  it.each([
    ['a NUL', Buffer.from('authorization: Bearer a\u0000b')],
    ['a line folded', Buffer.from('authorization: Bearer\r\n a.b.c')],
    ['a bare line feed', Buffer.from('authorization: Bearer a\nx-smuggled: 1')],
    ['a space before the colon', Buffer.from('authorization : Bearer a.b.c')],
  ])('never lets %s in', async (_, line) => {
    expect([400, 401]).toContain((await send(LIMITS, [line])).status);
  });

  it('refuses headers without end', async () => {
    expect((await send(LIMITS, [`authorization: Bearer ${'x'.repeat(20_000)}`])).status).toBe(431);
    await invalid(send(LIMITS, [`authorization: Bearer ${'x'.repeat(12_000)}`]));
  });

  describe('says what is missing', () => {
    it('where a second factor is (RFC 9470 §3)', async () => {
      const answer = await send('GET /v1/payouts', [`authorization: Bearer ${token}`]);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe(
        `${REALM}, error="insufficient_user_authentication", acr_values="aal2"`,
      );
      expect(answer.headers.get('www-authenticate')).toMatch(CHALLENGE);
    });

    it('where a permission is (§3.1)', async () => {
      const path = 'POST /v1/payouts/019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11/approve';
      const answer = await send(path, [`authorization: Bearer ${tokenFor(app.nest, aPrincipal())}`]);
      expect(outcome(answer)).toEqual([403, 'forbidden', `${REALM}, error="insufficient_scope"`]);
      expect(answer.headers.get('www-authenticate')).toMatch(CHALLENGE);
    });

    it('and nothing of that before the token was verified', async () => {
      const forged = `${token.slice(0, -2)}AA`;
      await invalid(send('GET /v1/payouts', [`authorization: Bearer ${forged}`]));
      await invalid(send('POST /v1/payouts/x/approve', [`authorization: Bearer ${forged}`]));
    });
  });

  it('echoes nothing of what it was sent', async () => {
    const { headers } = await send(LIMITS, ['authorization: Bearer a", error="none\\']);
    expect(headers.get('www-authenticate')).toBe(INVALID);
  });
});
