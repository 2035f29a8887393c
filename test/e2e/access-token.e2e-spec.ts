import { calculateJwkThumbprint, createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { Agent, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import request, { type Test } from 'supertest';
import { aPrincipal, tokenFor } from '../../src/access/testing';
import { type RingKey, SigningKeyRing } from '../../src/tokens/signing-keys/signing-key-ring';
import { bytes, es256, hs256, jws, readJws, type Signer } from '../support/jws';
import { Person } from '../support/person';
import { startTestApp, type TestApp } from '../support/test-app';

const ISSUER = 'http://localhost:3000';
const AUDIENCE = 'countersign';
const INVALID = 'Bearer realm="countersign", error="invalid_token"';
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ORDER_OF_P256 = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');

describe('Access tokens', () => {
  let app: TestApp;
  let key: RingKey;
  let person: Person;

  beforeAll(async () => {
    app = await startTestApp();
    key = app.nest.get(SigningKeyRing, { strict: false }).active;
    person = await Person.withApp(app);
  });
  afterAll(() => app.close());

  const now = () => app.clock.nowInSeconds();
  /** Asks for something that every access token may have. */
  const ask = (authorization?: string): Test => {
    const test = request(app.url).get('/v1/payouts/limits');
    return authorization === undefined ? test : test.set('authorization', authorization);
  };
  const accepted = (token: string) => ask(`Bearer ${token}`).expect(200);
  const refused = async (token: string) => {
    const response = await ask(`Bearer ${token}`);
    expect([response.status, response.body.code, response.headers['www-authenticate']]).toEqual([
      401,
      'token_invalid',
      INVALID,
    ]);
  };
  const header = (changes: object = {}) => ({ typ: 'at+jwt', alg: 'ES256', kid: key.kid, ...changes });
  const claims = (changes: object = {}): Record<string, unknown> => ({
    ...readJws(tokenFor(app.nest, aPrincipal())).payload,
    ...changes,
  });
  /** A token that the service could have made but for these changes: its own key signs. */
  const signed = (changes: object, headerChanges: object = {}) =>
    jws(header(headerChanges), claims(changes), es256(key.privateKey));
  const without = (name: string) => Object.fromEntries(Object.entries(claims()).filter(([other]) => other !== name));

  describe('as a resource server sees them', () => {
    const keySet = async () => (await request(app.url).get('/.well-known/jwks.json').expect(200)).body as JSONWebKeySet;

    it('verify by the published keys and nothing else (RFC 9068)', async () => {
      const verified = await jwtVerify(person.accessToken, createLocalJWKSet(await keySet()), {
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: 'at+jwt',
        algorithms: ['ES256'],
        requiredClaims: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
        currentDate: app.clock.now(),
      });
      expect(verified.protectedHeader).toEqual({ typ: 'at+jwt', alg: 'ES256', kid: key.kid });
      expect(verified.payload.exp! - verified.payload.iat!).toBe(300);
      expect(verified.payload.jti).toMatch(UUID_V7);
    });

    it('name keys by their RFC 7638 thumbprint, and publish public members only', async () => {
      const { keys } = await keySet();
      expect(keys).toHaveLength(2); // the one that signs, and the next one
      expect(keys.map(({ kid }) => kid)).toContain(key.kid);
      for (const jwk of keys) {
        expect(Object.keys(jwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
        expect(jwk).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
        expect(jwk.kid).toBe(await calculateJwkThumbprint(jwk));
      }
    });

    it('may keep the keys for a while', async () => {
      const { headers } = await request(app.url).get('/.well-known/jwks.json').expect(200);
      expect(headers['cache-control']).toBe('public, max-age=300');
      expect(headers['content-type']).toMatch(/^application\/(jwk-set\+)?json/);
    });
  });

  describe('carry exactly the claims of the contract', () => {
    const ACCESS_CLAIMS = [
      ...['iss', 'aud', 'sub', 'client_id', 'iat', 'nbf', 'exp', 'jti', 'sid', 'ver', 'acr', 'amr', 'auth_time'],
      ...['mfa_enrolled', 'preferred_username', 'roles', 'permissions'],
      'tenant', // of the sample module, which is there where EXAMPLES is on
    ];

    it('with a second factor', () => {
      const { payload } = readJws(person.accessToken);
      expect(Object.keys(payload).sort()).toEqual([...ACCESS_CLAIMS, 'mfa_time'].sort());
      expect(payload).toMatchObject({
        iss: ISSUER,
        aud: AUDIENCE,
        client_id: 'countersign',
        sid: person.sessionId,
        ver: 1,
        acr: 'aal2',
        amr: ['pwd', 'otp', 'mfa'],
        mfa_enrolled: true,
        preferred_username: person.username,
        roles: ['user'],
        permissions: [],
      });
    });

    it('with a password alone, and with no address of the person', async () => {
      const plain = new Person(app);
      const contact = { email: 'plain@example.com', phone: '+4915112345678', displayName: 'Plain Person' };
      await plain
        .post('/v1/auth/register', { username: plain.username, password: plain.password, ...contact })
        .expect(201);
      await plain.login();
      const { payload } = readJws(plain.accessToken);
      expect(Object.keys(payload).sort()).toEqual([...ACCESS_CLAIMS].sort());
      expect(payload).toMatchObject({ acr: 'aal1', amr: ['pwd'], mfa_enrolled: false });
      expect(JSON.stringify(payload)).not.toMatch(/plain@example|15112345678|Plain Person/);
    });

    it('and MFA tokens theirs', async () => {
      await person.login();
      const { header: mfaHeader, payload } = readJws(person.mfaToken);
      expect(mfaHeader).toEqual({ typ: 'mfa+jwt', alg: 'ES256', kid: key.kid });
      expect(Object.keys(payload).sort()).toEqual(
        ['aud', 'exp', 'iat', 'iss', 'jti', 'preferred_username', 'purpose', 'sid', 'sub'].sort(),
      );
      expect(payload).toMatchObject({ iss: ISSUER, aud: `${ISSUER}/mfa`, purpose: 'verify' });
      expect(Number(payload['exp']) - Number(payload['iat'])).toBe(300);
    });

    it('never with the same id twice', () => {
      const ids = Array.from({ length: 1000 }, () => claims()['jti']);
      expect(new Set(ids).size).toBe(1000);
    });
  });

  describe('are refused when forged', () => {
    it('but accepted as the service makes them', async () => {
      await accepted(signed({}));
      await accepted(jws(header(), claims(), es256(key.privateKey)));
    });

    it.each(['none', 'None', 'NONE', 'nOnE', ''])('with alg %j, signed or not', async (alg) => {
      await refused(jws(header({ alg }), claims(), bytes(Buffer.alloc(0))));
      await refused(jws(header({ alg }), claims(), bytes(Buffer.alloc(64))));
      await refused(jws(header({ alg }), claims(), es256(key.privateKey)));
    });

    it('with an empty signature', () => refused(jws(header(), claims(), bytes(Buffer.alloc(0)))));

    it('with HS256 and the public key as the secret, in any form', async () => {
      const { publicKey, publicJwk } = key;
      const published = (await request(app.url).get('/.well-known/jwks.json')).text;
      const secrets = [
        publicKey.export({ format: 'pem', type: 'spki' }),
        String(publicKey.export({ format: 'pem', type: 'spki' })).trim(),
        publicKey.export({ format: 'der', type: 'spki' }),
        JSON.stringify(publicJwk),
        JSON.stringify(publicKey.export({ format: 'jwk' })),
        published,
        Buffer.from(publicJwk!.x!, 'base64url'),
        '',
      ];
      for (const secret of secrets) {
        await refused(jws(header({ alg: 'HS256' }), claims(), hs256(secret)));
        await refused(jws(header(), claims(), hs256(secret)));
      }
    });

    it.each(['ES384', 'ES512', 'RS256', 'PS256', 'HS256', 'EdDSA', 'es256'])('with the algorithm %s', (alg) =>
      refused(jws(header({ alg }), claims(), es256(key.privateKey))),
    );

    it.each(['unknown', '', '../../etc/passwd', "' OR 1=1 --", '\u0000', '__proto__', 'constructor'])(
      'with the key id %j',
      (kid) => refused(signed({}, { kid })),
    );
    it('with a key id without end', () => refused(signed({}, { kid: 'a'.repeat(4000) })));

    it('with the other key of the ring', () => {
      const other = app.nest.get(SigningKeyRing, { strict: false }).all.find(({ kid }) => kid !== key.kid)!;
      return refused(jws(header({ kid: other.kid }), claims(), es256(key.privateKey)));
    });

    describe('by a key of the forger', () => {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const ownJwk = own.publicKey.export({ format: 'jwk' });
      let host: Server;
      let visits = 0;

      beforeAll(async () => {
        host = createServer((_, response) => {
          visits += 1;
          response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [ownJwk] }));
        });
        await new Promise<void>((done) => host.listen(0, '127.0.0.1', done));
      });
      afterAll(() => new Promise((done) => host.close(done)));

      it('that it hides under the key id of ours', () => refused(jws(header(), claims(), es256(own.privateKey))));

      it('that it brings along, and nobody fetches it', async () => {
        const url = `http://127.0.0.1:${(host.address() as AddressInfo).port}/jwks.json`;
        const der = own.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
        for (const brought of [
          { jwk: ownJwk },
          { jku: url },
          { x5u: url },
          { x5c: [der] },
          { jwk: ownJwk, kid: undefined },
          { jku: url, kid: 'theirs' },
        ]) {
          await refused(jws(header(brought), claims(), es256(own.privateKey)));
        }
        await refused(jws(header(), claims({ iss: url.slice(0, url.lastIndexOf('/')) }), es256(own.privateKey)));
        expect(visits).toBe(0);
      });
    });

    it.each(['JWT', 'jwt', 'mfa+jwt', 'secevent+jwt', 'dpop+jwt', 'id+jwt', 'at+jwt2', 'text/at+jwt', '', null, 7])(
      'with the type %j',
      (typ) => refused(signed({}, { typ })),
    );
    it('without a type', () => refused(signed({}, { typ: undefined })));

    it.each(['application/at+jwt', 'AT+JWT', 'Application/AT+jwt'])('but not with the type written %s', (typ) =>
      accepted(signed({}, { typ })),
    );

    it.each([undefined, '', 'others', `${ISSUER}/mfa`, 'Countersign', [], ['others'], { 0: AUDIENCE }, 7])(
      'for the audience %j',
      (aud) => refused(signed({ aud })),
    );
    it('but not for several audiences, one of them ours', () => accepted(signed({ aud: ['others', AUDIENCE] })));

    it.each([undefined, '', `${ISSUER}/`, 'https://localhost:3000', 'http://LOCALHOST:3000', 'evil', [ISSUER], 7])(
      'by the issuer %j',
      (iss) => refused(signed({ iss })),
    );

    it('with a signature that is not 64 octets of R and S', async () => {
      const zero = Buffer.alloc(32);
      const some = randomBytes(32).fill(1, 0, 1);
      const bad: Signer[] = [
        es256(key.privateKey, 'der'),
        bytes(Buffer.concat([zero, zero])),
        bytes(Buffer.concat([zero, some])),
        bytes(Buffer.concat([some, zero])),
        bytes(Buffer.concat([ORDER_OF_P256, ORDER_OF_P256])),
        bytes(Buffer.concat([some, ORDER_OF_P256])),
        bytes(Buffer.alloc(64, 0xff)),
        (input) => es256(key.privateKey)(input).subarray(0, 63),
        (input) => Buffer.concat([es256(key.privateKey)(input), Buffer.alloc(1)]),
        (input) => Buffer.concat([es256(key.privateKey)(input), es256(key.privateKey)(input)]),
        bytes(Buffer.from([1])),
      ];
      for (const signer of bad) await refused(jws(header(), claims(), signer));
    });

    it('with another number of parts, or spelt otherwise', async () => {
      const [head, payload, signature] = signed({}).split('.') as [string, string, string];
      const other = (last: string) => String.fromCharCode(last.charCodeAt(0) + 1);
      const bad = [
        `${head}.${payload}`,
        `${head}.${payload}.`,
        `${head}.${payload}.${signature}.`,
        `${head}.${payload}.${signature}.AAAA`,
        `.${head}.${payload}.${signature}`,
        `${head}..${signature}`,
        `${head}.${payload}.${signature}=`,
        `${head}.${payload}.${signature}==`,
        `${head}=.${payload}.${signature}`,
        `${head}.${payload}. ${signature}`,
        `${head} .${payload}.${signature}`,
        `${head}.${payload}.${signature}\t`.concat('x'),
        // 64 octets leave four bits of the last letter unused: the next letter decodes to the same signature.
        `${head}.${payload}.${signature.slice(0, -1)}${other(signature.slice(-1))}`,
        `${head}.${payload}.${signature.slice(0, -1)}+`,
        `${head}.${payload}.${signature}?`,
        `${head}%2E${payload}.${signature}`,
        `${head},${payload},${signature}`,
        Buffer.from(`${head}.${payload}.${signature}`).toString('base64'),
      ];
      for (const token of bad) await refused(token);
    });

    it('in a JSON serialisation', async () => {
      const [head, payload, signature] = signed({}).split('.') as [string, string, string];
      await refused(JSON.stringify({ protected: head, payload, signature }));
      await refused(JSON.stringify({ payload, signatures: [{ protected: head, signature }] }));
    });

    it.each([{ crit: ['x'], x: 1 }, { crit: [] }, { crit: ['exp'] }, { crit: ['b64'], b64: true }, { b64: false }])(
      'with extensions in the header: %j',
      (extension) => refused(signed({}, extension)),
    );

    it('with a name twice in the header', async () => {
      const twice = [
        `{"typ":"at+jwt","alg":"none","alg":"ES256","kid":"${key.kid}"}`,
        `{"typ":"at+jwt","alg":"ES256","alg":"ES256","kid":"${key.kid}"}`,
        `{"typ":"at+jwt","alg":"ES256","kid":"other","kid":"${key.kid}"}`,
        `{"typ":"mfa+jwt","alg":"ES256","kid":"${key.kid}","t\\u0079p":"at+jwt"}`,
      ];
      for (const text of twice) await refused(jws(text, claims(), es256(key.privateKey)));
    });

    it('with a payload that is no JSON object', async () => {
      for (const payload of ['', 'text', '"text"', 'null', '7', '[]', '{', `${JSON.stringify(claims())} x`]) {
        await refused(jws(header(), payload, es256(key.privateKey)));
      }
    });
  });

  describe('are refused by their claims, though the key is right', () => {
    const REQUIRED = [
      ...['iss', 'aud', 'sub', 'client_id', 'iat', 'nbf', 'exp', 'jti', 'sid', 'ver', 'auth_time'],
      ...['preferred_username', 'roles', 'permissions'],
    ];

    it.each(REQUIRED)('without %s', (name) => refused(jws(header(), without(name), es256(key.privateKey))));

    it.each(['iat', 'nbf', 'exp', 'ver', 'auth_time'])('with %s as text', (name) =>
      refused(signed({ [name]: String(claims()[name]) })),
    );

    it.each(['sub', 'client_id', 'jti', 'sid', 'preferred_username'])('with %s as a number', (name) =>
      refused(signed({ [name]: 7 })),
    );

    it.each(['roles', 'permissions'])('with %s as text', (name) => refused(signed({ [name]: 'admin' })));

    it('from the second of exp on, with no leeway', async () => {
      await accepted(signed({ exp: now() + 1 }));
      await refused(signed({ exp: now() }));
      await refused(signed({ exp: now() - 600 }));
      await refused(signed({ exp: -1 }));
    });

    it('before nbf and iat, but for 5 s of leeway', async () => {
      await accepted(signed({ nbf: now() + 5, iat: now() + 5 }));
      await refused(signed({ nbf: now() + 6 }));
      await refused(signed({ iat: now() + 6 }));
    });

    it('where a claim is there twice, at any depth and in any disguise', async () => {
      const text = JSON.stringify(claims({ amr: ['pwd'], tenant: { id: 7 } }));
      const signedText = (payload: string) => jws(header(), payload, es256(key.privateKey));
      await accepted(signedText(text));
      await refused(signedText(`{"amr":["pwd","otp","mfa"],${text.slice(1)}`));
      await refused(signedText(`{"\\u0061mr":["pwd","otp","mfa"],${text.slice(1)}`));
      await refused(signedText(text.replace('"id":7', '"id":7,"id":7')));
    });

    it('where they are spelt otherwise than the service spells them', async () => {
      const text = JSON.stringify(claims({ ver: 1 }));
      for (const payload of [
        ` ${text}`,
        `${text}\n`,
        `\ufeff${text}`,
        text.replace(':', ': '),
        text.replace('"ver":1', '"ver":1.0'),
        text.replace('"ver":1', '"ver":1e0'),
        text.replace('"sub"', '"s\\u0075b"'),
      ]) {
        expect(payload).not.toBe(text);
        await refused(jws(header(), payload, es256(key.privateKey)));
      }
    });
  });

  describe('with malformed assurance count as the weakest', () => {
    const list = (changes: object) =>
      request(app.url)
        .get('/v1/payouts')
        .set('authorization', `Bearer ${signed({ tenant: 'default', ...changes })}`);

    it('while the well-formed pass', () => list({}).expect(200));

    it.each([
      { acr: undefined },
      { acr: null },
      { acr: 'AAL2' },
      { acr: 'aal3' },
      { acr: 'phrh' },
      { acr: ['aal2'] },
      { acr: 2 },
      { acr: true },
      { amr: undefined },
      { amr: [] },
      { amr: ['pwd'] },
      { amr: ['pwd', 'otp'] },
      { amr: 'mfa' },
      { amr: ['MFA'] },
      { amr: { 0: 'mfa' } },
      { amr: [['mfa']] },
      { amr: ['mfa', 7] },
      { amr: true },
      { mfa_time: undefined },
      { mfa_time: null },
      { mfa_time: '1780315200' },
      { mfa_time: -1 },
      { mfa_time: true },
      { acr: undefined, amr: undefined, mfa: 'true' },
    ])('%j', async (changes) => {
      await accepted(signed(changes));
      const { body, headers } = await list(changes).expect(401);
      expect(body.code).toBe('mfa_required');
      expect(headers['www-authenticate']).toMatch(/error="insufficient_user_authentication", acr_values="aal2"$/);
    });

    it.each([undefined, null, 'true', 1])('mfa_enrolled %j', async (mfa_enrolled) => {
      expect((await list({ acr: 'aal1', mfa_enrolled }).expect(401)).body.code).toBe('mfa_enrollment_required');
    });
  });

  describe('are remembered', () => {
    it('but not beyond their end', async () => {
      const token = signed({});
      await accepted(token);
      await accepted(token);
      app.clock.advance(299);
      await accepted(token);
      app.clock.advance(1);
      await refused(token);
      await refused(token);
    });

    it('as a whole: the same signature under another payload or header is another token', async () => {
      const token = signed({ roles: ['user'] });
      await accepted(token);
      const [head, , signature] = token.split('.') as [string, string, string];
      const raised = jws(
        header(),
        claims({ roles: ['admin'], permissions: ['payouts:approve'] }),
        es256(key.privateKey),
      );
      await refused(`${head}.${raised.split('.')[1]!}.${signature}`);
      const otherHeader = jws(header({ typ: 'application/at+jwt' }), '{}', es256(key.privateKey)).split('.')[0]!;
      await refused(`${otherHeader}.${token.split('.')[1]!}.${signature}`);
      await accepted(token);
    });

    it('each under its own identity, also when many are new at once', async () => {
      const people = await Promise.all([1, 2, 3, 4].map(() => Person.signedIn(app)));
      const calls = Array.from({ length: 32 }, (_, n) => people[n % people.length]!).map(
        async ({ username, accessToken }) => {
          const { payload } = readJws(accessToken);
          const token = jws(header(), { ...payload, jti: randomBytes(8).toString('hex') }, es256(key.privateKey));
          const { body } = await request(app.url)
            .get('/v1/users/me')
            .set('authorization', `Bearer ${token}`)
            .expect(200);
          expect(body.username).toBe(username);
        },
      );
      await Promise.all(calls);
    });

    it('by connection, and yet each request counts for what it shows itself', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const ports = new Set<number | undefined>();
      const me = async (token?: string) => {
        const test = request(app.url).get('/v1/users/me').agent(agent);
        const { status, body } = await (token === undefined ? test : test.set('authorization', `Bearer ${token}`));
        for (const socket of Object.values(agent.freeSockets).flat()) ports.add(socket?.localPort);
        return status === 200 ? (body.username as string) : status;
      };
      const [ada, eve] = [await Person.signedIn(app), await Person.signedIn(app)];
      for (const each of [ada, ada, eve, ada, ada, eve, eve]) expect(await me(each.accessToken)).toBe(each.username);
      const [head, payload, signature] = eve.accessToken.split('.') as [string, string, string];
      const [, otherPayload, otherSignature] = ada.accessToken.split('.') as [string, string, string];
      expect(await me(`${head}.${otherPayload}.${signature}`)).toBe(401);
      expect(await me(`${head}.${payload}.${otherSignature}`)).toBe(401);
      expect(await me()).toBe(401);
      expect(await me(eve.accessToken)).toBe(eve.username);
      await request(app.url)
        .post('/v1/auth/logout')
        .agent(agent)
        .set('authorization', `Bearer ${eve.accessToken}`)
        .expect(204);
      expect(await me(eve.accessToken)).toBe(401);
      expect(await me(ada.accessToken)).toBe(ada.username);
      app.clock.advance(300);
      expect(await me(ada.accessToken)).toBe(401);
      expect(ports.size).toBe(1);
      agent.destroy();
    });

    it('only when they were good: what was refused is refused again', async () => {
      const token = signed({ aud: 'others' });
      await refused(token);
      await refused(token);
    });
  });

  describe('in the Authorization header', () => {
    it.each([undefined, '', 'Basic cGVyc29uOnB3', 'Digest x', 'DPoP abc', 'Token abc', 'bearerish abc'])(
      'are missing in %j, and the challenge names no error',
      async (authorization) => {
        const { body, headers } = await ask(authorization).expect(401);
        expect(body.code).toBe('token_missing');
        expect(headers['www-authenticate']).toBe('Bearer realm="countersign"');
      },
    );

    it.each(['Bearer', 'Bearer ', 'Bearer  ', 'Bearer a b', 'Bearer ,', 'Bearer null', 'Bearer undefined'])(
      'are malformed in %j',
      async (authorization) => {
        const { body, headers } = await ask(authorization).expect(401);
        expect(body.code).toBe('token_invalid');
        expect(headers['www-authenticate']).toBe(INVALID);
      },
    );

    it.each(['bearer', 'BEARER', 'bEaReR'])('are taken after %s', (scheme) =>
      ask(`${scheme} ${signed({})}`).expect(200),
    );

    it('and nowhere else: not in the query, the body or a cookie', async () => {
      const token = signed({});
      const elsewhere = [
        request(app.url).get(`/v1/payouts/limits?access_token=${token}`),
        request(app.url).get(`/v1/payouts/limits?token=${token}`),
        request(app.url).get('/v1/payouts/limits').set('cookie', `access_token=${token}; token=${token}`),
        request(app.url).get('/v1/payouts/limits').set('x-access-token', token),
        request(app.url).patch('/v1/users/me').send({ access_token: token }),
      ];
      for (const test of elsewhere)
        expect([(await test).status, (await test).body.code]).toEqual([401, 'token_missing']);
    });
  });
});
