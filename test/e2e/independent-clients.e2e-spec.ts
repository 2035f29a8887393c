import express from 'express';
import { auth, type AuthOptions } from 'express-oauth2-jwt-bearer';
import * as oauth from 'oauth4webapi';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import request from 'supertest';
import { aPrincipal, tokenFor } from '../../src/access/testing';
import { readJws } from '../support/jws';
import { Person } from '../support/person';
import { Service } from '../support/service';
import { startTestApp, type TestApp } from '../support/test-app';

// What other people wrote for other people's servers must get along with ours.
const ALGORITHM = process.env['TEST_SIGNING_ALGORITHM'] ?? 'ES256';
const ISSUER = 'http://localhost:3000';
const AUDIENCE = 'https://orders.example.com';

let app: TestApp;
let ada: Person;

beforeAll(async () => {
  const env = { SIGNING_ALGORITHM: ALGORITHM, AUDIENCE: `countersign,${AUDIENCE}`, ISSUER, DOCS: 'off' };
  app = await startTestApp({ env });
  // Others go by the clock on the wall.
  app.clock.advance(Math.floor(Date.now() / 1000) - app.clock.nowInSeconds() - 60);
  ada = await Person.withApp(app);
  app.clock.advance(30);
});
afterAll(() => app.close());

function expiredToken(): string {
  app.clock.advance(-600);
  const token = tokenFor(app.nest, aPrincipal());
  app.clock.advance(600);
  return token;
}

/** The same claims but for one, under the old signature. */
function tampered(token: string): string {
  const [header, , signature] = token.split('.') as [string, string, string];
  const claims = { ...readJws(token).payload, roles: ['admin'] };
  return `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`;
}

async function mfaToken(): Promise<string> {
  const eve = await Person.withApp(app);
  await eve.login();
  return eve.mfaToken;
}

describe('oauth4webapi', () => {
  const options = {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- so called to stand out; a test has no TLS
    [oauth.allowInsecureRequests]: true,
    // The issuer is an address that nobody listens on here; the path is what counts.
    [oauth.customFetch]: (
      url: string,
      { method, headers, body }: { method: string; headers: object; body?: unknown },
    ) =>
      fetch(new URL(new URL(url).pathname, app.url), {
        method,
        headers: headers as Record<string, string>,
        ...(body !== undefined && { body: body as URLSearchParams }),
      }),
  };
  let server: oauth.AuthorizationServer;

  beforeAll(async () => {
    const issuer = new URL(ISSUER);
    const response = await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oauth2' });
    server = await oauth.processDiscoveryResponse(issuer, response);
    expect(server.issuer).toBe(ISSUER);
  });

  const validate = (token: string, audience = AUDIENCE) =>
    oauth.validateJwtAccessToken(
      server,
      new Request('https://orders.example.com/', { headers: { authorization: `Bearer ${token}` } }),
      audience,
      { ...options, signingAlgorithms: [ALGORITHM] },
    );

  it('validates an access token by the published keys', async () => {
    expect(await validate(ada.accessToken)).toEqual(readJws(ada.accessToken).payload);
  });

  it('refuses MFA tokens, another audience, expired and tampered tokens', async () => {
    await expect(validate(await mfaToken())).rejects.toThrow('unexpected JWT "typ" header parameter value');
    await expect(validate(ada.accessToken, 'https://else.example.com')).rejects.toThrow('unexpected JWT "aud"');
    await expect(validate(expiredToken())).rejects.toThrow('JWT "exp" (expiration time)');
    await expect(validate(tampered(ada.accessToken))).rejects.toThrow('JWT signature verification failed');
  });

  it('introspects', async () => {
    const { id, secret } = await Service.registered(app, [AUDIENCE]);
    const client = { client_id: id };
    const ask = async (token: string, proof: oauth.ClientAuth = oauth.ClientSecretBasic(secret)) => {
      const response = await oauth.introspectionRequest(server, client, proof, token, options);
      return oauth.processIntrospectionResponse(server, client, response);
    };
    expect(await ask(ada.accessToken)).toMatchObject({ ...readJws(ada.accessToken).payload, active: true });
    for (const dead of [await mfaToken(), expiredToken(), tampered(ada.accessToken), ada.refreshToken, 'nonsense']) {
      expect(await ask(dead)).toEqual({ active: false });
    }
    await expect(ask(ada.accessToken, oauth.ClientSecretBasic('wrong'))).rejects.toMatchObject({
      status: 401,
      cause: expect.anything(),
    });
    await expect(ask(ada.accessToken, oauth.ClientSecretPost(secret))).rejects.toMatchObject({ status: 401 });
  });
});

describe('express-oauth2-jwt-bearer', () => {
  const servers: Server[] = [];

  afterAll(async () => {
    for (const server of servers) await new Promise((done) => server.close(done));
  });

  /** A resource server of somebody else's, on Express. */
  async function resourceServer(options: Partial<AuthOptions> = {}): Promise<string> {
    const other = express();
    other.use(
      auth({
        issuer: ISSUER,
        jwksUri: `${app.url}/.well-known/jwks.json`,
        audience: AUDIENCE,
        tokenSigningAlg: ALGORITHM,
        strict: true, // RFC 9068
        ...options,
      }),
    );
    other.get('/orders', (incoming, outgoing) => {
      outgoing.json(incoming.auth?.payload);
    });
    const server = other.listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const ask = (url: string, token: string) => request(url).get('/orders').set('authorization', `Bearer ${token}`);

  it('accepts our tokens', async () => {
    const { body } = await ask(await resourceServer(), ada.accessToken).expect(200);
    expect(body).toEqual(readJws(ada.accessToken).payload);
  });

  it('refuses MFA tokens, another audience, expired and tampered tokens', async () => {
    const url = await resourceServer();
    for (const bad of [await mfaToken(), expiredToken(), tampered(ada.accessToken)]) {
      const { status, headers } = await ask(url, bad);
      expect(status).toBe(401);
      expect(headers['www-authenticate']).toMatch(/error="invalid_token"/);
    }
    await ask(await resourceServer({ audience: 'https://else.example.com' }), ada.accessToken).expect(401);
    await ask(await resourceServer({ issuer: 'https://else.example.com' }), ada.accessToken).expect(401);
    await request(url).get('/orders').expect(401);
    // The one that was accepted is accepted still: what came between has nothing to do with it.
    await ask(url, ada.accessToken).expect(200);
  });
});
