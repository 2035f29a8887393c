import request from 'supertest';
import { DataSource } from 'typeorm';
import { aPrincipal, tokenFor } from '../../src/access/testing';
import { RevocationLog } from '../../src/tokens/revocation/revocation-log';
import { ServiceClientStore } from '../../src/tokens/oauth/clients/service-client.store';
import { SigningKeyRing } from '../../src/tokens/signing-keys/signing-key-ring';
import { es256, jws, readJws } from '../support/jws';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { basic, Service } from '../support/service';
import { startTestApp, type TestApp } from '../support/test-app';

const ORDERS = 'https://orders.example.com';

describe('POST /oauth/introspect', () => {
  let app: TestApp;
  let service: Service;
  let ada: Person;

  beforeAll(async () => {
    app = await startTestApp({ env: { AUDIENCE: `countersign,${ORDERS}` } });
    service = await Service.registered(app);
    ada = await Person.withApp(app);
  });
  afterAll(() => app.close());

  const events = () =>
    app.nest
      .get(DataSource)
      .query<{ outcome: string; ip: string; details: object }[]>(
        `SELECT outcome, ip, details FROM ${String((app.nest.get(DataSource).options as { schema?: string }).schema)}.audit_events WHERE type = 'client.authentication_failed' ORDER BY id`,
      );
  const client = async () => {
    const store = app.nest.get(ServiceClientStore, { strict: false });
    return (await store.list(app.nest.get(DataSource).manager)).find(({ id }) => id === service.id);
  };

  describe('of a live access token', () => {
    it('tells all its claims, under the names of RFC 7662 and RFC 9470', async () => {
      const { payload } = readJws(ada.accessToken);
      const { body, headers } = await service.introspect(ada.accessToken).expect(200);
      expect(body).toEqual({ ...payload, active: true, token_type: 'Bearer', username: ada.username });
      expect(body).toMatchObject({
        iss: 'http://localhost:3000',
        aud: ['countersign', ORDERS],
        client_id: 'countersign',
        sid: ada.sessionId,
        acr: 'aal2',
        amr: ['pwd', 'otp', 'mfa'],
      });
      for (const name of ['sub', 'jti']) expect(body[name]).toEqual(expect.any(String));
      for (const name of ['exp', 'iat', 'nbf', 'auth_time', 'mfa_time']) expect(body[name]).toEqual(expect.any(Number));
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['content-type']).toMatch(/^application\/json/);
    });

    it('says the same whether or not the token was used before', async () => {
      const token = tokenFor(app.nest, aPrincipal());
      const first = await service.introspect(token).expect(200);
      expect(first.body).toMatchObject({ active: true });
      expect((await service.introspect(token).expect(200)).body).toEqual(first.body);
    });

    it.each(['access_token', 'refresh_token', 'anything', ''])('whatever the hint is: %j', async (hint) => {
      const { body } = await service.ask(`token=${ada.accessToken}&token_type_hint=${hint}`).expect(200);
      expect(body.active).toBe(true);
    });

    it('to whoever is registered for one of its audiences', async () => {
      const orders = await Service.registered(app, ['https://else.example.com', ORDERS]);
      expect((await orders.introspect(ada.accessToken).expect(200)).body.active).toBe(true);
    });
  });

  describe('answers that it is not active, and nothing else,', () => {
    const inactive = async (token: string, asked = service) => {
      const { text, headers } = await asked.introspect(token).expect(200);
      expect(text).toBe('{"active":false}');
      expect(headers['cache-control']).toBe('no-store');
    };
    const forged = (claims: object, header: object = {}) => {
      const { active } = app.nest.get(SigningKeyRing, { strict: false });
      const payload = readJws(tokenFor(app.nest, aPrincipal())).payload;
      return jws(
        { typ: 'at+jwt', alg: 'ES256', kid: active.kid, ...header },
        { ...payload, ...claims },
        es256(active.privateKey),
      );
    };

    it.each(['nonsense', 'a.b.c', ' ', '..', 'x'.repeat(9000), '\u0000', '\u{1f512}', '%'])(
      'of garbage: %j',
      async (token) => {
        await inactive(token);
      },
    );

    it('of a token for other audiences', async () => {
      const other = await Service.registered(app, ['https://else.example.com', `${ORDERS}/`, 'Countersign']);
      await inactive(ada.accessToken, other);
    });

    it('of a token that only this service could have made, but for others', async () => {
      await inactive(forged({ aud: 'https://else.example.com' }));
      // For the client, but not for us: none of our tokens.
      await inactive(forged({ aud: ORDERS }), await Service.registered(app, [ORDERS]));
      expect((await service.introspect(forged({})).expect(200)).body.active).toBe(true);
    });

    it('of MFA tokens and refresh tokens', async () => {
      const eve = await Person.withApp(app);
      await inactive(eve.refreshToken);
      await eve.login();
      expect(eve.mfaToken).not.toBe('');
      await inactive(eve.mfaToken);
      await inactive(forged({}, { typ: 'mfa+jwt' }));
      await inactive(forged({}, { typ: 'JWT' }));
    });

    it('of forgeries, with the cache warm', async () => {
      const token = tokenFor(app.nest, aPrincipal());
      expect((await service.introspect(token).expect(200)).body.active).toBe(true);
      const [header, payload, signature] = token.split('.') as [string, string, string];
      for (const bad of [
        `${header}.${payload}.`,
        `${header}.${payload}.${signature}=`,
        ` ${token}`,
        `${token} `,
        `${token}\n`,
        `Bearer ${token}`,
        `${header}.${Buffer.from(JSON.stringify({ ...readJws(token).payload, roles: ['admin'] })).toString('base64url')}.${signature}`,
      ]) {
        await inactive(bad);
      }
    });

    it('of an expired token, to the second', async () => {
      const token = tokenFor(app.nest, aPrincipal());
      app.clock.advance(299);
      expect((await service.introspect(token).expect(200)).body.active).toBe(true);
      app.clock.advance(1);
      await inactive(token);
    });

    it('of a token whose session is over, at once', async () => {
      const eve = await Person.signedIn(app);
      const token = eve.accessToken;
      expect((await service.introspect(token).expect(200)).body.active).toBe(true);
      await eve.post('/v1/auth/logout', {}, token).expect(204);
      await inactive(token);
    });

    it('of a token whose holder has other rights by now', async () => {
      const eve = await Person.signedIn(app);
      const { payload } = readJws(eve.accessToken);
      const revocations = app.nest.get(RevocationLog, { strict: false });
      await app.nest
        .get(DataSource)
        .transaction((tx) => revocations.revokeUser(tx, String(payload['sub']), Number(payload['ver']) + 1));
      for (let tries = 0; tries < 60; tries++) {
        if ((await service.introspect(eve.accessToken).expect(200)).body.active === false) break;
        await new Promise((done) => setTimeout(done, 100));
      }
      await inactive(eve.accessToken);
    });
  });

  it('answers 503 while it is not known what was revoked, and never that a token is live', async () => {
    const token = tokenFor(app.nest, aPrincipal());
    expect((await service.introspect(token).expect(200)).body.active).toBe(true);
    const later = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 6000);
    await refused(service.introspect(token), 503, 'unavailable');
    await refused(service.introspect(tokenFor(app.nest, aPrincipal())), 503, 'unavailable');
    later.mockRestore();
    expect((await service.introspect(token).expect(200)).body.active).toBe(true);
  });

  describe('of a client', () => {
    const unknown = {
      error: 'invalid_client',
      error_description: expect.stringMatching(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/),
    };
    const refusedClient = async (authorization: string) => {
      const { status, body, headers } = await service.ask(`token=${ada.accessToken}`, authorization);
      expect({ status, body }).toEqual({ status: 401, body: unknown });
      expect(headers['www-authenticate']).toBe('Basic realm="countersign", charset="UTF-8"');
      expect(headers['content-type']).toMatch(/^application\/json/);
      expect(headers['cache-control']).toBe('no-store');
    };

    it('wants id and secret by Authorization: Basic', async () => {
      await refusedClient('');
      await refusedClient(`Bearer ${ada.accessToken}`);
      await refusedClient(`Bearer ${service.secret}`);
      await refusedClient(`Basic ${service.id}:${service.secret}`);
      await refusedClient(`${basic(service.id, service.secret)}, ${basic(service.id, service.secret)}`);
      const form = new URLSearchParams({
        token: ada.accessToken,
        client_id: service.id,
        client_secret: service.secret,
      });
      const { status, body } = await service.ask(form.toString(), '');
      expect({ status, body }).toEqual({ status: 401, body: unknown });
    });

    it('refuses an unknown id, a wrong secret and another client’s secret alike, and audits it', async () => {
      const before = (await events()).length;
      const other = await Service.registered(app);
      await refusedClient(basic('019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11', service.secret));
      await refusedClient(basic('00000000-0000-0000-0000-000000000000', service.secret));
      await refusedClient(basic("' OR 1=1 --", service.secret));
      await refusedClient(basic('a\u0000b', service.secret));
      await refusedClient(basic(service.secret, service.id));
      await refusedClient(basic(service.id, ''));
      await refusedClient(basic(service.id, `${service.secret}x`));
      await refusedClient(basic(service.id, service.secret.toLowerCase()));
      await refusedClient(basic(service.id, other.secret));
      const audited = (await events()).slice(before);
      expect(audited).toHaveLength(9);
      expect(audited.at(-1)).toEqual({ outcome: 'failure', ip: '127.0.0.1', details: { clientId: service.id } });
      expect(JSON.stringify(audited)).not.toContain('csc_');
    });

    it('refuses one that was revoked, from then on', async () => {
      const gone = await Service.registered(app);
      await gone.introspect(ada.accessToken).expect(200);
      const store = app.nest.get(ServiceClientStore, { strict: false });
      expect(await store.revoke(app.nest.get(DataSource).manager, gone.id)).toBe(true);
      expect((await gone.introspect(ada.accessToken)).body).toEqual(unknown);
      expect(await store.revoke(app.nest.get(DataSource).manager, gone.id)).toBe(false);
    });

    it('keeps no secret, neither in the table nor in the log', async () => {
      const schema = String((app.nest.get(DataSource).options as { schema?: string }).schema);
      const rows = await app.nest.get(DataSource).query<object[]>(`SELECT * FROM ${schema}.service_clients`);
      expect(service.secret).toMatch(/^csc_[A-Za-z0-9_-]{43}$/);
      expect(JSON.stringify(rows)).not.toContain(service.secret);
      expect(app.log.join('')).not.toContain('csc_');
    });

    it('remembers when it was last seen, to the minute', async () => {
      app.clock.advance(120);
      await service.introspect('x').expect(200);
      const first = (await client())?.lastUsedAt;
      expect(first).toEqual(app.clock.now());
      app.clock.advance(59);
      await service.introspect('x').expect(200);
      expect((await client())?.lastUsedAt).toEqual(first);
      app.clock.advance(1);
      await service.introspect('x').expect(200);
      expect((await client())?.lastUsedAt).toEqual(app.clock.now());
    });
  });

  describe('of a request', () => {
    it.each([
      ['', 'The parameter token is missing.'],
      ['token=', 'The parameter token is missing.'],
      ['token_type_hint=access_token', 'The parameter token is missing.'],
      ['token=a&token=b', 'A parameter is given twice.'],
      ['token=a&token_type_hint=x&token_type_hint=x', 'A parameter is given twice.'],
      ['token=a&client_secret=b', 'Authenticate by Authorization: Basic alone.'],
    ])('refuses %j as RFC 6749 says', async (form, error_description) => {
      const { status, body, headers } = await service.ask(form);
      expect({ status, body }).toEqual({ status: 400, body: { error: 'invalid_request', error_description } });
      expect(headers['content-type']).toMatch(/^application\/json/);
      expect(headers['cache-control']).toBe('no-store');
      expect(headers).not.toHaveProperty('www-authenticate');
    });

    it('finds no token in the address', async () => {
      const { status, body } = await request(app.url)
        .post('/oauth/introspect')
        .query({ token: ada.accessToken })
        .set('authorization', basic(service.id, service.secret))
        .set('content-type', 'application/x-www-form-urlencoded')
        .send('');
      expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_request' });
    });

    it('takes forms only', async () => {
      for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
        const test = request(app.url).post('/oauth/introspect').set('authorization', basic(service.id, service.secret));
        const text = JSON.stringify({ token: ada.accessToken });
        await refused(test.set('content-type', type).send(text), 415, 'unsupported_media_type');
      }
    });

    it('takes POST only', async () => {
      const { status, headers } = await request(app.url).get('/oauth/introspect').query({ token: ada.accessToken });
      expect({ status, allow: headers['allow'] }).toEqual({ status: 405, allow: 'POST' });
    });
  });

  it('is the only route that takes a form: any web page can send one', async () => {
    const others = app.routes
      .map((route) => route.split(' ') as [string, string])
      .filter(([method, path]) => /^(POST|PUT|PATCH|DELETE)$/.test(method) && path !== '/oauth/introspect');
    expect(others.length).toBeGreaterThan(10);
    for (const [method, path] of others) {
      const address = path.replaceAll(/:\w+/g, '019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11');
      const send = request(app.url)[method.toLowerCase() as 'post'](address);
      const response = await send
        .set('authorization', `Bearer ${ada.accessToken}`)
        .set('content-type', 'application/x-www-form-urlencoded')
        .send('identifier=ada&password=a&token=a');
      expect([method, path, response.status, response.body.code]).toEqual([
        method,
        path,
        415,
        'unsupported_media_type',
      ]);
    }
  });
});
