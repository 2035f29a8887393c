import {
  ConflictException,
  Controller,
  ForbiddenException,
  Get,
  HttpException,
  Module,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { request as httpRequest } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import request, { type Response, type Test } from 'supertest';
import { QueryFailedError } from 'typeorm';
import { DomainError, Public } from '../../src/access';
import { EmbeddedPostgres } from '../../src/platform/database/embedded-postgres';
import { type TestDatabase, testDatabase } from '../support/database';
import { Person } from '../support/person';
import { startTestApp, type TestApp } from '../support/test-app';

const PROBLEM_KEYS = ['code', 'detail', 'requestId', 'status', 'title', 'type'];
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const SOME_ID = '019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11';
const CAUSE = 'the cause that nobody outside may read';

class NeverGuard {
  canActivate(): boolean {
    return false;
  }
}

@Controller('failing')
class FailingController {
  @Public()
  @Get('error')
  error(): never {
    throw new Error(CAUSE);
  }

  @Public()
  @Get('text')
  text(): never {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- a library may do so
    throw CAUSE;
  }

  @Public()
  @Get('nothing')
  nothing(): never {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- a library may do so
    throw undefined;
  }

  @Public()
  @Get('unknown-code')
  unknownCode(): never {
    throw new DomainError('never_registered', { detail: CAUSE });
  }

  @Public()
  @Get('http-500')
  http500(): never {
    throw new HttpException(CAUSE, 500);
  }

  @Public()
  @Get('query')
  query(): never {
    throw new QueryFailedError('SELECT $1', ['a parameter of somebody'], new Error(CAUSE));
  }

  @Public()
  @Get('forbidden')
  forbidden(): never {
    throw new ForbiddenException(CAUSE);
  }

  @Public()
  @Get('unauthorized')
  unauthorized(): never {
    throw new UnauthorizedException(CAUSE);
  }

  @Public()
  @Get('conflict')
  conflict(): never {
    throw new ConflictException(CAUSE);
  }

  @Public()
  @UseGuards(NeverGuard)
  @Get('guarded')
  guarded(): object {
    return {};
  }
}

@Module({ controllers: [FailingController] })
class FailingModule {}

function expectProblem(response: Response, status: number, code: string, further: string[] = []): void {
  const { body, headers } = response;
  expect([response.status, body.code]).toEqual([status, code]);
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(Object.keys(body as object).sort()).toEqual([...PROBLEM_KEYS, ...further].sort());
  expect(body).toMatchObject({ type: `https://countersign.dev/problems/${code}`, status });
  expect(body.requestId).toMatch(UUID_V7);
  expectSecurityHeaders(headers);
}

function expectSecurityHeaders(headers: Record<string, string | string[] | undefined>): void {
  expect(headers).toMatchObject({
    'content-security-policy': expect.stringContaining("default-src 'none'; frame-ancestors 'none'"),
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-frame-options': expect.stringMatching(/^(SAMEORIGIN|DENY)$/),
    'referrer-policy': 'no-referrer',
  });
  for (const name of ['x-powered-by', 'server']) expect(headers).not.toHaveProperty(name);
}

describe('Errors', () => {
  let app: TestApp;
  let person: Person;

  beforeAll(async () => {
    app = await startTestApp({ imports: [FailingModule] });
    person = await Person.withApp(app);
  });
  afterAll(() => app.close());

  const post = (path: string, body: string, type = 'application/json'): Test =>
    request(app.url).post(path).set('content-type', type).send(body);
  const login = (body: string) => post('/v1/auth/login', body);
  /** As typed, without a client library's tidying; `write` may send a body. */
  const raw = (method: string, path: string, headers: Record<string, string | number> = {}, write: string[] = []) =>
    new Promise<Response>((resolve, reject) => {
      const { hostname, port } = new URL(app.url);
      const call = httpRequest({ hostname, port, method, path, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          const body: unknown = text === '' ? {} : JSON.parse(text);
          resolve({ status: response.statusCode, headers: response.headers, body, text } as unknown as Response);
        });
      }).on('error', reject);
      for (const chunk of write) call.write(chunk);
      call.end();
    });

  describe('of the body', () => {
    it.each([
      '{',
      '{"a":1,}',
      "{'a':1}",
      'undefined',
      'NaN',
      '{"a":1}{"b":2}',
      '{"a":"\u0001"}',
      '{"a":\\x}',
      '\u0000',
    ])('malformed JSON: %j', async (body) => {
      expectProblem(await login(body), 400, 'malformed_json');
    });

    it('JSON that is not what its length says', async () => {
      const headers = { 'content-type': 'application/json', 'content-length': 2 };
      expectProblem(await raw('POST', '/v1/auth/login', headers, ['{"']), 400, 'malformed_json');
    });

    it.each(['', '{}', 'null'])('nothing in it: %j', async (body) => {
      const response = await login(body);
      expectProblem(response, 400, 'validation_failed', ['errors']);
      expect(new Set(response.body.errors.map(({ path }: { path: string }) => path))).toEqual(
        new Set(['identifier', 'password']),
      );
    });

    it('no body at all', async () => {
      expectProblem(await request(app.url).post('/v1/auth/login'), 400, 'validation_failed', ['errors']);
    });

    it.each([7, null, true, [], ['ada'], {}, { $ne: '' }, [['ada']]])('fields of the wrong type: %j', async (value) => {
      const response = await login(JSON.stringify({ identifier: value, password: value }));
      expectProblem(response, 400, 'validation_failed', ['errors']);
      for (const error of response.body.errors as object[]) {
        expect(Object.keys(error).sort()).toEqual(['code', 'message', 'path']);
        expect(error).toMatchObject({
          path: expect.stringMatching(/^(identifier|password)$/),
          code: expect.stringMatching(/^[a-z_]+$/),
        });
      }
    });

    it('fields that nobody knows', async () => {
      const response = await login(
        JSON.stringify({ identifier: 'ada', password: 'pw', isAdmin: true, roles: ['admin'] }),
      );
      expectProblem(response, 400, 'validation_failed', ['errors']);
      expect(response.body.errors).toEqual([
        { path: 'isAdmin', code: 'unknown_field', message: expect.any(String) },
        { path: 'roles', code: 'unknown_field', message: expect.any(String) },
      ]);
    });

    it('never echoes what was sent', async () => {
      const secret = 'hunter2-hunter2';
      const { text } = await login(JSON.stringify({ identifier: [secret], password: { secret } }));
      expect(text).not.toContain(secret);
    });

    it.each(['[]', '[{}]', '[1]', '"text"', '7', 'true', '[{"displayName":"x"}]'])('no object: %s', async (body) => {
      const token = person.accessToken;
      const tests = [
        login(body),
        post('/v1/auth/logout', body),
        post('/v1/mfa/challenges', body).set('authorization', `Bearer ${token}`),
        request(app.url).patch('/v1/users/me').type('json').set('authorization', `Bearer ${token}`).send(body),
      ];
      for (const test of tests) {
        const response = await test;
        expectProblem(response, 400, 'validation_failed', ['errors']);
        for (const { path } of response.body.errors as { path: string }[]) expect(path).not.toContain('undefined');
      }
    });

    it.each([
      '{"__proto__":{"isAdmin":true},"identifier":"ada","password":"pw"}',
      '{"identifier":"ada","password":"pw","constructor":{"prototype":{"isAdmin":true}}}',
      '{"identifier":{"__proto__":{"length":3}},"password":"pw"}',
      '{"\\u005f_proto__":{"isAdmin":true},"identifier":"ada","password":"pw"}',
    ])('prototypes: %s', async (body) => {
      const response = await login(body);
      expect(response.status).toBe(400);
      expect(['malformed_json', 'validation_failed']).toContain(response.body.code);
      expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
    });

    it.each([
      ['lists', '['.repeat(30_000) + ']'.repeat(30_000)],
      ['objects', '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)],
    ])('nested without end: %s', async (_, value) => {
      for (const body of [
        value,
        `{"identifier":${value},"password":"pw"}`,
        `{"identifier":"a","password":"b","x":${value}}`,
      ]) {
        expect((await login(body)).status).toBe(400);
      }
    });

    it('text that a database cannot hold', async () => {
      const nul = 'a\u0000b';
      const token = person.accessToken;
      const tests = [
        person.post('/v1/auth/login', { identifier: nul, password: 'whatever it is' }),
        person.post('/v1/auth/login', { identifier: `${nul}@example.com`, password: 'whatever it is' }),
        person.post('/v1/auth/register', { username: 'with-nul', password: person.password, displayName: nul }),
        person.patch('/v1/users/me', { displayName: nul }, token),
        person.post('/v1/mfa/factors', { type: 'totp', name: nul }, token),
        person.post('/v1/payouts', { amount: '1.00', currency: 'EUR', beneficiary: nul }, token),
        person.get('/dev/outbox?to=%00'),
      ];
      for (const test of tests) {
        const response = await test;
        expect([response.status, response.body.code]).toEqual([400, 'validation_failed']);
      }
    });

    it('half a character is no reason to fail', async () => {
      const { status } = await login('{"identifier":"\\ud800","password":"\\udc00 whatever it is"}');
      expect([400, 401]).toContain(status);
    });

    it('more than 64 KiB, whether announced or not', async () => {
      const body = (length: number) => JSON.stringify({ identifier: 'ada', password: 'x'.repeat(length - 34) });
      expect(body(65_536)).toHaveLength(65_536);
      expectProblem(await login(body(65_536)), 400, 'validation_failed', ['errors']);
      expectProblem(await login(body(65_537)), 413, 'payload_too_large');
      const chunked = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
      expectProblem(await raw('POST', '/v1/auth/login', chunked, [body(70_000)]), 413, 'payload_too_large');
    });

    it.each([
      ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml'],
      ...['application/jsonp', 'application/json5', 'text/json', 'nonsense', 'application/problem+json'],
    ])('the media type %s', async (type) => {
      expectProblem(
        await post('/v1/auth/login', '{"identifier":"ada","password":"pw"}', type),
        415,
        'unsupported_media_type',
      );
    });

    it('no media type', async () => {
      const response = await raw('POST', '/v1/auth/login', { 'content-length': 2 }, ['{}']);
      expectProblem(response, 415, 'unsupported_media_type');
    });

    it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])('but not %s', async (type) => {
      expectProblem(
        await post('/v1/auth/login', '{"identifier":"ada","password":"pw"}', type),
        401,
        'invalid_credentials',
      );
    });
  });

  describe('of the address', () => {
    it.each(['/', '/nope', '/v1', '/v1/nope', '/v2/users/me', '/.env', '/metrics/x', '/v1/users', '/v1/users/me/'])(
      'unknown: %s',
      async (path) => {
        expectProblem(await request(app.url).get(path), 404, 'not_found');
        expectProblem(await request(app.url).post(path).send({}), 404, 'not_found');
      },
    );

    it.each([
      ['get', '/v1/auth/login', 'POST'],
      ['put', '/v1/users/me', 'GET, HEAD, PATCH, DELETE'],
      ['put', '/v1/payouts', 'GET, HEAD, POST'],
      ['post', '/health/live', 'GET, HEAD'],
      ['get', `/v1/mfa/factors/${SOME_ID}`, 'PATCH, DELETE'],
      ['put', '/v1/payouts?x=1', 'GET, HEAD, POST'],
    ] as const)('known, another method: %s %s', async (method, path, allow) => {
      const response = await request(app.url)[method](path);
      expectProblem(response, 405, 'method_not_allowed');
      expect(response.headers['allow']).toBe(allow);
    });

    it.each(['/%', '/%ZZ', '/v1/mfa/factors/%E0%A4%A/qr-code', '/%c0%af', '/v1/%ff'])(
      'undecodable: %s',
      async (path) => {
        expectProblem(await raw('GET', path), 400, 'bad_request');
      },
    );

    it('very long', async () => {
      const response = await raw('GET', `/v1/${'a'.repeat(8000)}`);
      expect([404, 414]).toContain(response.status);
      expectProblem(response, response.status, response.body.code as string);
      expect([200, 404, 414]).toContain((await raw('GET', `/health/live?${'a'.repeat(8000)}`)).status);
    });

    it.each([
      'x',
      '1',
      SOME_ID.slice(1),
      `${SOME_ID}0`,
      `{${SOME_ID}}`,
      SOME_ID.replaceAll('-', ''),
      "' OR 1=1",
      '%00',
      'a'.repeat(90),
    ])('with the id %s, which names nothing', async (id) => {
      const path = `/v1/mfa/factors/${encodeURIComponent(id)}`;
      expectProblem(await person.patch(path, { name: 'x' }, person.accessToken), 404, 'not_found');
    });

    it('with an id without end', async () => {
      const response = await person.patch(`/v1/mfa/factors/${'a'.repeat(2000)}`, { name: 'x' }, person.accessToken);
      expect([400, 404, 414]).toContain(response.status);
      expectProblem(response, response.status, response.body.code as string);
    });

    it.each([
      'limit=0',
      'limit=201',
      'limit=x',
      'limit=1.5',
      'limit=-1',
      'limit=',
      'limit=1&limit=2',
      'cursor=',
      'cursor=x',
      'a=b',
    ])('with the query %s', async (query) => {
      const response = await person.get(`/v1/payouts?${query}`, person.accessToken);
      expectProblem(response, 400, 'validation_failed', ['errors']);
    });
  });

  describe('of what is no HTTP', () => {
    const talk = async (text: string): Promise<string> => {
      const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
      let answer = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
      socket.write(text);
      await once(socket, 'close');
      return answer;
    };

    it.each([
      ['nonsense', 'nonsense\r\n\r\n', 400],
      ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
      ['an address without end', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
      [
        'two lengths',
        'POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}',
        400,
      ],
    ])('%s', async (_, text, status) => {
      const [head, body] = (await talk(text)).split('\r\n\r\n') as [string, string];
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(head).toMatch(/content-type: application\/problem\+json/i);
      expect(JSON.parse(body)).toMatchObject({
        status,
        code: expect.any(String),
        requestId: expect.stringMatching(UUID_V7),
      });
    });
  });

  describe('of our own', () => {
    it.each(['error', 'text', 'nothing', 'unknown-code', 'http-500', 'query'])(
      'say nothing of their cause, and the log says it: %s',
      async (kind) => {
        app.log.length = 0;
        const response = await request(app.url).get(`/failing/${kind}`);
        expectProblem(response, 500, 'internal_error');
        expect(response.text).not.toMatch(/cause|stack|at |Error|never_registered/);
        const lines = app.log.filter((line) => line.includes(response.body.requestId as string));
        expect(lines.join('')).toContain(
          kind === 'nothing' ? 'internal_error' : kind === 'unknown-code' ? 'never_registered' : CAUSE,
        );
        expect(app.log.join('')).not.toContain('a parameter of somebody');
      },
    );

    it.each([
      ['forbidden', 403, 'forbidden'],
      ['guarded', 403, 'forbidden'],
      ['unauthorized', 401, 'token_invalid'],
      ['conflict', 400, 'bad_request'],
    ])("that speak Nest's language keep to the contract: %s", async (kind, status, code) => {
      const response = await request(app.url).get(`/failing/${kind}`);
      expectProblem(response, status, code);
      expect(response.text).not.toContain(CAUSE);
    });
  });

  describe('and every other answer', () => {
    it('carry the security headers', async () => {
      const answers = [
        request(app.url).get('/health/live').expect(200),
        request(app.url).head('/health/live').expect(200),
        request(app.url).get('/.well-known/jwks.json').expect(200),
        person.post('/v1/auth/logout').expect(204),
        person.get('/v1/users/me', person.accessToken).expect(200),
        request(app.url).get('/openapi.json').expect(200),
      ];
      for (const answer of answers) expectSecurityHeaders((await answer).headers);
    });

    it('are open to no origin', async () => {
      for (const origin of ['https://evil.example', 'null', 'http://localhost:3000', app.url]) {
        const tests = [
          request(app.url).get('/health/live').set('origin', origin),
          request(app.url).get('/v1/users/me').set('origin', origin),
          request(app.url)
            .options('/v1/auth/login')
            .set({ origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' }),
        ];
        for (const test of tests) {
          const { headers } = await test;
          expect(headers).not.toHaveProperty('access-control-allow-origin');
          expect(headers).not.toHaveProperty('access-control-allow-credentials');
        }
      }
    });

    it('are kept by no cache where they hold a token, a secret or something of a person', async () => {
      const eve = new Person(app);
      const answers: [string, Response][] = [];
      const keep = async (name: string, test: PromiseLike<Response>) => {
        const response = await test;
        answers.push([name, response]);
        return response;
      };
      await keep(
        'register',
        eve.post('/v1/auth/register', { username: eve.username, password: eve.password, email: 'eve@example.com' }),
      );
      await keep('login', eve.login());
      await keep('factor list', eve.get('/v1/mfa/factors', eve.accessToken));
      await keep('enroll', eve.enroll());
      await keep('qr-code', eve.get(`/v1/mfa/factors/${eve.factorId}/qr-code`, eve.accessToken));
      await keep('activate', eve.activate());
      app.clock.advance(30);
      await keep('recovery codes', eve.post('/v1/mfa/recovery-codes', {}, eve.accessToken));
      await keep('recovery code status', eve.get('/v1/mfa/recovery-codes', eve.accessToken));
      eve.take((await keep('refresh', eve.refresh())).body as object);
      const { mfaToken } = (
        await keep('reauthenticate', eve.post('/v1/auth/reauthenticate', { password: eve.password }, eve.accessToken))
      ).body;
      const begun = await keep('challenge', eve.post('/v1/mfa/challenges', {}, mfaToken as string));
      await keep('verify', eve.verify(begun.body.id as string, eve.authenticator.code(), mfaToken as string));
      await keep('profile', eve.get('/v1/users/me', eve.accessToken));
      await keep('outbox', eve.get('/dev/outbox?to=eve@example.com'));
      await keep('totp', eve.post('/dev/totp', { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }));
      await keep('payouts', eve.get('/v1/payouts', eve.accessToken));
      await keep('refused', eve.get('/v1/payouts'));
      expect(
        answers.filter(([, { headers }]) => headers['cache-control'] !== 'no-store').map(([name]) => name),
      ).toEqual([]);
      expect(answers.filter(([name, { status }]) => status >= 400 && name !== 'refused').map(([name]) => name)).toEqual(
        [],
      );
    });
  });
});

describe('With ALLOWED_ORIGINS and a database that goes away', () => {
  const ORIGIN = 'https://app.example.com';
  let database: TestDatabase;
  let embedded: EmbeddedPostgres | undefined;
  let gate: Gate;
  let app: TestApp;

  beforeAll(async () => {
    database = await testDatabase();
    const { DATABASE_URL: url, DATA_DIR: dataDir } = database.env;
    if (url === undefined || url === '') embedded = await EmbeddedPostgres.start(dataDir!);
    const target = new URL(embedded ? 'postgres://postgres@127.0.0.1/postgres' : url!);
    const { port, hostname } = target;
    gate = new Gate(() =>
      embedded ? connect(join(embedded.socketFolder, '.s.PGSQL.5432')) : connect(Number(port || 5432), hostname),
    );
    target.host = `127.0.0.1:${await gate.open()}`;
    const env = { ...database.env, DATABASE_URL: target.href, ALLOWED_ORIGINS: `${ORIGIN},https://other.example.com` };
    app = await startTestApp({
      database: {
        ...database,
        env: { ...env, DATABASE_SCHEMA: embedded ? 'countersign' : database.env['DATABASE_SCHEMA']! },
      },
    });
  });
  afterAll(async () => {
    await gate.open();
    await app.close();
    await gate.close();
    await embedded?.stop();
    await database.drop();
  });

  describe('browsers', () => {
    it('of an allowed origin may call, and read the challenge', async () => {
      const preflight = await request(app.url).options('/v1/payouts').set({
        origin: ORIGIN,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers).toMatchObject({
        'access-control-allow-origin': ORIGIN,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
        vary: expect.stringMatching(/Origin/i),
      });
      expect(String(preflight.headers['access-control-allow-headers']).toLowerCase()).toContain('authorization');
      for (const path of ['/health/live', '/v1/users/me', '/nope']) {
        const { headers } = await request(app.url).get(path).set('origin', ORIGIN);
        expect(headers['access-control-allow-origin']).toBe(ORIGIN);
        expect(headers['vary']).toMatch(/Origin/i);
        expect(headers['access-control-expose-headers']).toMatch(/WWW-Authenticate/);
        expect(headers['access-control-expose-headers']).toMatch(/Retry-After/);
      }
    });

    it.each([
      ...['https://evil.example', 'null', 'http://app.example.com', 'https://app.example.com:8443'],
      ...[
        'https://app.example.com.evil.example',
        'https://evilapp.example.com',
        'https://APP.example.com/',
        'https://app.example.com/',
      ],
    ])('of %s may not', async (origin) => {
      for (const test of [
        request(app.url).get('/v1/users/me').set('origin', origin),
        request(app.url).options('/v1/users/me').set({ origin, 'access-control-request-method': 'GET' }),
      ]) {
        expect((await test).headers).not.toHaveProperty('access-control-allow-origin');
      }
    });
  });

  it('answers 503 with Retry-After while it is gone, and goes on when it is back', async () => {
    const person = await Person.withApp(app);
    await gate.close();

    const gone = [
      person.post('/v1/auth/login', { identifier: person.username, password: person.password }),
      person.get('/v1/payouts', person.accessToken),
      person.get('/v1/users/me', person.accessToken),
      person.refresh(),
      person.post('/v1/auth/register', { username: 'late', password: person.password }),
      person.get('/health/ready'),
    ];
    for (const test of gone) {
      const response = await test;
      expectProblem(response, 503, 'unavailable', ['retryAfter']);
      expect(response.headers['retry-after']).toBe(String(response.body.retryAfter));
      expect(response.text).not.toMatch(/ECONN|postgres|connect|127\.0\.0\.1/i);
    }
    await person.get('/health/live').expect(200);
    await person.get('/.well-known/jwks.json').expect(200);

    // A token in hand is good for as long as what is revoked was read not long ago.
    await person.get('/v1/payouts/limits', person.accessToken).expect(200);
    const later = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 6000);
    expectProblem(await person.get('/v1/payouts/limits', person.accessToken), 503, 'unavailable', ['retryAfter']);
    later.mockRestore();

    await gate.open();
    await eventually(() => person.get('/health/ready'), 200);
    await person.get('/v1/payouts', person.accessToken).expect(200);
    await person.refresh().expect(200);
  });
});

/** A port that leads to a server, and can be shut. */
class Gate {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private port = 0;

  constructor(lead: () => Socket) {
    this.server = createServer((incoming) => {
      const outgoing = lead();
      for (const socket of [incoming, outgoing]) {
        this.sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
      }
      incoming.pipe(outgoing).pipe(incoming);
    });
  }

  /** @returns the port, always the same */
  async open(): Promise<number> {
    if (!this.server.listening) {
      this.server.listen(this.port, '127.0.0.1');
      await once(this.server, 'listening');
      this.port = (this.server.address() as { port: number }).port;
    }
    return this.port;
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

async function eventually(ask: () => Test, status: number): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    if ((await ask()).status === status) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  await ask().expect(status);
}
