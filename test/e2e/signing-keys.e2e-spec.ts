import type { Type } from '@nestjs/common';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { constants, type KeyObject, sign } from 'node:crypto';
import { DataSource } from 'typeorm';
import request, { type Test } from 'supertest';
import { aPrincipal, tokenFor } from '../../src/access/testing';
import { AuditLog } from '../../src/platform/audit/audit-log';
import { SIGNING_ALGORITHMS } from '../../src/platform/config/settings/signing-key.settings';
import { Transactions } from '../../src/platform/database/transactions';
import { RevocationLog } from '../../src/tokens/revocation/revocation-log';
import { type RingKey, SigningKeyRing } from '../../src/tokens/signing-keys/signing-key-ring';
import { SigningKeyRotation } from '../../src/tokens/signing-keys/signing-key-rotation';
import { SigningKeySchedule } from '../../src/tokens/signing-keys/signing-key-schedule';
import { SigningKeyStore } from '../../src/tokens/signing-keys/signing-key.store';
import { atOnce } from '../support/at-once';
import { type TestDatabase, testDatabase } from '../support/database';
import { FakeClock } from '../support/fake-clock';
import { bytes, es256, hs256, jws, readJws, type Signer } from '../support/jws';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(60_000); // RSA keys take their time on a busy machine

/** Twice the `max-age` of the JWKS. */
const PUBLISHED_BEFORE = 600;
/** The longest token, a minute for replicas that lag, one for clocks that differ. */
const RETIRED_FOR = 3720;
const DAY = 86_400;
const KEYS = '/v1/admin/signing-keys';
const ROTATE = `${KEYS}/rotate`;
const KEEPER = aPrincipal({ permissions: ['keys:read', 'keys:write'] });

interface ShownKey {
  readonly kid: string;
  readonly alg: string;
  readonly state: 'next' | 'active' | 'retired';
  readonly createdAt: string;
  readonly activeFrom: string;
  readonly verifiesUntil: string | null;
}

/** RSASSA-PKCS1-v1_5 and RSASSA-PSS with SHA-256 (RFC 7518 §3.3, §3.5). */
const rs256 =
  (key: KeyObject): Signer =>
  (input) =>
    sign('sha256', Buffer.from(input), key);
const ps256 =
  (key: KeyObject): Signer =>
  (input) =>
    sign('sha256', Buffer.from(input), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });

function signerOf({ alg, privateKey }: Pick<RingKey, 'alg' | 'privateKey'>): Signer {
  if (alg === 'ES256') return es256(privateKey);
  if (alg === 'HS256') return hs256(privateKey.export());
  return alg === 'RS256' ? rs256(privateKey) : ps256(privateKey);
}

/** What the tests ask an application about its keys. */
class Keys {
  constructor(readonly app: TestApp) {}

  get ring(): SigningKeyRing {
    return this.app.nest.get(SigningKeyRing, { strict: false });
  }

  /** What the service does by itself every second. */
  async tick(): Promise<void> {
    const schedule = this.app.nest.get(SigningKeySchedule, { strict: false });
    await schedule.tick(); // one that was under way already
    await schedule.tick();
  }

  async after(seconds: number): Promise<void> {
    this.app.clock.advance(seconds);
    await this.tick();
  }

  async shown(): Promise<ShownKey[]> {
    return (await this.app.as(KEEPER).get(KEYS).expect(200)).body.items as ShownKey[];
  }

  async rotate(body: object = {}): Promise<ShownKey[]> {
    return (await this.app.as(KEEPER).post(ROTATE).send(body).expect(200)).body.items as ShownKey[];
  }

  async jwks(): Promise<JSONWebKeySet> {
    return (await request(this.app.url).get('/.well-known/jwks.json').expect(200)).body as JSONWebKeySet;
  }

  ask(token: string): Test {
    return request(this.app.url).get('/v1/payouts/limits').auth(token, { type: 'bearer' });
  }

  /** A token of today's key that outlives every rule about keys. */
  longToken(key = this.ring.active): string {
    const { header, payload } = readJws(tokenFor(this.app.nest, aPrincipal()));
    return jws(
      { ...header, alg: key.alg, kid: key.kid },
      { ...payload, exp: (payload['exp'] as number) + 400 * DAY },
      signerOf(key),
    );
  }
}

const ofState = (keys: readonly ShownKey[], state: ShownKey['state']) => keys.filter((key) => key.state === state);
const theOne = (keys: readonly ShownKey[], state: ShownKey['state']) => {
  expect(ofState(keys, state)).toHaveLength(1);
  return ofState(keys, state)[0]!;
};
const plus = (time: string, seconds: number) => new Date(Date.parse(time) + seconds * 1000).toISOString();

describe('Signing keys', () => {
  let app: TestApp;
  let keys: Keys;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off' } });
    keys = new Keys(app);
  });
  afterAll(() => app.close());

  async function auditOf(type: string): Promise<Record<string, unknown>[]> {
    const dataSource = app.nest.get(DataSource);
    return dataSource.query(
      `SELECT actor_id, outcome, details FROM ${dataSource.getMetadata('AuditEventEntity').tablePath} WHERE type = $1 ORDER BY at`,
      [type],
    );
  }

  describe('for administrators', () => {
    it('are shown with their states and times, and nothing else', async () => {
      const { body } = await app.as(KEEPER).get(KEYS).expect(200);
      expect(Object.keys(body).sort()).toEqual(['items', 'nextCursor']);
      expect(body.nextCursor).toBeNull();
      expect(body.items).toHaveLength(2);
      for (const item of body.items as ShownKey[]) {
        expect(Object.keys(item)).toEqual(['kid', 'alg', 'state', 'createdAt', 'activeFrom', 'verifiesUntil']);
        expect(item).toMatchObject({ alg: 'ES256', verifiesUntil: null });
      }
      const [active, next] = [theOne(body.items, 'active'), theOne(body.items, 'next')];
      expect(active.kid).toBe(keys.ring.active.kid);
      expect(next.activeFrom).toBe(plus(active.activeFrom, 90 * DAY));
    });

    it('take the permission, and a second factor of the last ten minutes', async () => {
      for (const [method, path, permission] of [
        ['get', KEYS, 'keys:read'],
        ['post', ROTATE, 'keys:write'],
      ] as const) {
        await refused(app.as()[method](path), 401, 'token_missing');
        await refused(
          app.as(aPrincipal({ permissions: [permission], acr: 'aal1' }))[method](path),
          401,
          'mfa_required',
        );
        await refused(app.as(aPrincipal({ permissions: [permission], mfaAgo: 601 }))[method](path), 401, 'mfa_stale');
        const other = permission === 'keys:read' ? 'keys:write' : 'keys:read';
        await refused(app.as(aPrincipal({ permissions: [other, 'users:write'] }))[method](path), 403, 'forbidden');
      }
      expect(ofState(await keys.shown(), 'retired')).toEqual([]);
    });

    it.each([
      { compromised: false },
      { compromised: 'true' },
      { compromised: null },
      { compromised: 1 },
      { alg: 'HS256' },
    ])('are not moved by %j', async (body) => {
      const before = await keys.shown();
      await refused(app.as(KEEPER).post(ROTATE).send(body), 400, 'validation_failed');
      expect(await keys.shown()).toEqual(before);
    });

    it('belong to the role admin', async () => {
      const dataSource = app.nest.get(DataSource);
      const roles = await dataSource.query<{ name: string; permissions: string[] }[]>(
        `SELECT name, permissions FROM ${dataSource.getMetadata('RoleEntity').tablePath}`,
      );
      const holders = (permission: string) =>
        roles.filter(({ permissions }) => permissions.includes(permission)).map(({ name }) => name);
      expect([holders('keys:read'), holders('keys:write')]).toEqual([['admin'], ['admin']]);
    });
  });

  describe('when rotated', () => {
    it('wait until the next key was published long enough, and then change by themselves', async () => {
      const before = await keys.shown();
      const [active, next] = [theOne(before, 'active'), theOne(before, 'next')];
      const ripe = plus(next.createdAt, PUBLISHED_BEFORE);
      const answered = await keys.rotate();
      expect(theOne(answered, 'active').kid).toBe(active.kid);
      expect(theOne(answered, 'next')).toEqual({ ...next, activeFrom: ripe });
      expect(await keys.rotate()).toEqual(answered); // asking again changes nothing

      const wait = (Date.parse(ripe) - app.clock.now().getTime()) / 1000;
      await keys.after(wait - 1);
      expect(keys.ring.active.kid).toBe(active.kid);
      await keys.after(1);
      expect(keys.ring.active.kid).toBe(next.kid);
      const after = await keys.shown();
      expect(theOne(after, 'active')).toMatchObject({ kid: next.kid, activeFrom: ripe });
      expect(theOne(after, 'retired')).toMatchObject({ kid: active.kid, verifiesUntil: plus(ripe, RETIRED_FOR) });
      expect(await auditOf('signing_keys.rotated')).toMatchObject([
        { actor_id: KEEPER.userId, outcome: 'success', details: { steps: [{ do: 'request', kid: next.kid }] } },
      ]);
    });

    it('change at once when the next key is old enough, and no token from before is refused', async () => {
      await keys.after(PUBLISHED_BEFORE);
      const [seen, unseen] = [keys.longToken(), keys.longToken()];
      const half = await Person.withApp(app);
      await half.login();
      await keys.ask(seen).expect(200);
      const { kid } = keys.ring.active;
      const published = await keys.jwks();

      const { kid: nextKid } = theOne(await keys.shown(), 'next');
      const after = await keys.rotate();
      expect(theOne(after, 'active').kid).toBe(nextKid);
      expect(published.keys.map((jwk) => jwk.kid)).toContain(nextKid); // before it signed
      expect((await keys.jwks()).keys.map((jwk) => jwk.kid)).toContain(kid);
      for (const token of [seen, unseen]) {
        expect(readJws(token).header).toMatchObject({ kid });
        await keys.ask(token).expect(200);
      }
      await half.get('/v1/mfa/factors', half.mfaToken).expect(200);
      expect(readJws(tokenFor(app.nest, KEEPER)).header).toMatchObject({ kid: nextKid, alg: 'ES256' });
      // Resource servers with the key set of before know the key that signs now.
      await jwtVerify(tokenFor(app.nest, KEEPER), createLocalJWKSet(published), { currentDate: app.clock.now() });
    });

    it('verify until the last token has ended, and are gone then: for tokens that were seen, and others', async () => {
      const retired = theOne(await keys.shown(), 'active').kid;
      const [seen, unseen] = [keys.longToken(), keys.longToken()];
      await keys.ask(seen).expect(200);
      await keys.after(PUBLISHED_BEFORE);
      await keys.rotate();
      await keys.after(RETIRED_FOR - 1);
      for (const token of [seen, keys.longToken(keys.ring.find(retired))]) await keys.ask(token).expect(200);
      expect(ofState(await keys.shown(), 'retired').map(({ kid }) => kid)).toEqual([retired]);
      await keys.after(1);
      for (const token of [seen, unseen]) await refused(keys.ask(token), 401, 'token_invalid');
      expect(ofState(await keys.shown(), 'retired')).toEqual([]);
      expect((await keys.jwks()).keys.map(({ kid }) => kid)).not.toContain(retired);
    });

    it('change on schedule', async () => {
      const [active, next] = [theOne(await keys.shown(), 'active'), theOne(await keys.shown(), 'next')];
      const left = (Date.parse(next.activeFrom) - app.clock.now().getTime()) / 1000;
      await keys.after(left - 1);
      expect(keys.ring.active.kid).toBe(active.kid);
      await keys.after(1);
      expect(keys.ring.active.kid).toBe(next.kid);
    });

    it('change once, however many do it', async () => {
      await keys.after(100 * DAY);
      await keys.after(PUBLISHED_BEFORE + RETIRED_FOR);
      const before = await keys.shown();
      const rotation = app.nest.get(SigningKeyRotation, { strict: false });
      const done = await atOnce(() => rotation.run('rotate'), 10);
      const activated = done.flat().filter((step) => step.do === 'activate');
      expect(activated).toEqual([{ do: 'activate', kid: theOne(before, 'next').kid }]);
      const after = await keys.shown();
      expect(after.map(({ state }) => state).sort()).toEqual(['active', 'next', 'retired']);
    });
  });

  describe('when compromised', () => {
    it('are removed at once with every token they signed, and the next key signs however new it is', async () => {
      await keys.after(PUBLISHED_BEFORE + RETIRED_FOR); // and what was asked for before has happened
      await keys.after(PUBLISHED_BEFORE + RETIRED_FOR);
      const ada = await Person.withApp(app);
      const older = keys.longToken();
      await keys.rotate();
      await keys.ask(older).expect(200);
      const half = ada.elsewhere();
      await half.login();
      const [seen, unseen] = [keys.longToken(), keys.longToken()];
      await keys.ask(seen).expect(200);
      const before = await keys.shown();
      const [leaked, next, retired] = [theOne(before, 'active'), theOne(before, 'next'), theOne(before, 'retired')];
      expect(next.createdAt).toBe(app.clock.now().toISOString()); // made this very moment

      const after = await keys.rotate({ compromised: true });
      expect(after.map(({ state }) => state).sort()).toEqual(['active', 'next']);
      expect(theOne(after, 'active').kid).toBe(next.kid);
      for (const token of [seen, unseen, older, ada.accessToken]) await refused(keys.ask(token), 401, 'token_invalid');
      await refused(half.get('/v1/mfa/factors', half.mfaToken), 401, 'token_invalid');
      const published = (await keys.jwks()).keys.map(({ kid }) => kid);
      expect(published).not.toContain(leaked.kid);
      expect(published).not.toContain(retired.kid);

      // Sessions go on: a refresh has a token by the new key.
      ada.take((await ada.refresh().expect(200)).body);
      expect(readJws(ada.accessToken).header).toMatchObject({ kid: next.kid });
      await keys.ask(ada.accessToken).expect(200);
      expect(await auditOf('signing_keys.compromised')).toMatchObject([
        {
          actor_id: KEEPER.userId,
          details: {
            steps: [
              { do: 'revoke', kid: leaked.kid },
              { do: 'revoke', kid: retired.kid },
              { do: 'activate', kid: next.kid },
              { do: 'make', state: 'next' },
            ],
          },
        },
      ]);
    });

    it('stay away: nobody ends a session with a token of a leaked key', async () => {
      const ada = await Person.signedIn(app);
      const leaked = keys.ring.active;
      const { payload } = readJws(ada.accessToken);
      await keys.rotate({ compromised: true });
      const forged = jws({ typ: 'at+jwt', alg: leaked.alg, kid: leaked.kid }, payload, signerOf(leaked));
      await request(app.url).post('/v1/auth/logout').auth(forged, { type: 'bearer' }).expect(204);
      await ada.refresh().expect(200);
    });

    it('twice in a row, the second time the key that took over', async () => {
      const first = keys.longToken();
      await keys.rotate({ compromised: true });
      const second = keys.longToken();
      await keys.rotate({ compromised: true });
      for (const token of [first, second]) await refused(keys.ask(token), 401, 'token_invalid');
      await keys.ask(keys.longToken()).expect(200);
    });
  });

  describe('in the JWKS', () => {
    const get = (etag?: string) => {
      const test = request(app.url).get('/.well-known/jwks.json');
      return etag === undefined ? test : test.set('if-none-match', etag);
    };

    it('may be kept for five minutes, and are not sent again while they are the same', async () => {
      const { headers } = await get().expect(200).expect('cache-control', 'public, max-age=300');
      const etag = headers['etag']!;
      expect(etag).toMatch(/^"[\w-]{43}"$/);
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
        const { text, headers: again } = await get(known).expect(304);
        expect([text, again['etag'], again['cache-control']]).toEqual(['', etag, 'public, max-age=300']);
      }
      for (const other of ['"other"', etag.slice(1, -1)]) await get(other).expect(200);
      await keys.rotate({ compromised: true });
      const { headers: changed } = await get(etag).expect(200);
      expect(changed['etag']).not.toBe(etag);
    });
  });
});

describe.each(SIGNING_ALGORITHMS)('Tokens signed with %s', (alg) => {
  let app: TestApp;
  let keys: Keys;
  let key: RingKey;
  let ada: Person;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off', SIGNING_ALGORITHM: alg } });
    keys = new Keys(app);
    key = keys.ring.active;
    ada = await Person.withApp(app);
  });
  afterAll(() => app.close());

  const claims = () => readJws(tokenFor(app.nest, aPrincipal())).payload;
  const header = (changes: object = {}) => ({ typ: 'at+jwt', alg, kid: key.kid, ...changes });
  const isRefused = (token: string) => refused(keys.ask(token), 401, 'token_invalid');

  it('carry a person through: password, second factor, refresh, logout', async () => {
    await ada.loginWithApp();
    for (const token of [ada.accessToken, (await ada.elsewhere().login()).body.mfaToken as string]) {
      expect(readJws(token).header).toMatchObject({ alg, kid: key.kid });
    }
    await ada.get('/v1/payouts', ada.accessToken).expect(200);
    ada.take((await ada.refresh().expect(200)).body);
    await ada.get('/v1/payouts', ada.accessToken).expect(200);
    await request(app.url).post('/v1/auth/logout').auth(ada.accessToken, { type: 'bearer' }).expect(204);
    await refused(ada.refresh(), 401, 'invalid_refresh_token');
    await isRefused(ada.accessToken);
  });

  it('verify by the JWKS, which has public members only', async () => {
    const jwks = await keys.jwks();
    if (alg === 'HS256') {
      expect(jwks).toEqual({ keys: [] });
      return;
    }
    expect(jwks.keys).toHaveLength(2);
    const members = alg === 'ES256' ? ['crv', 'x', 'y'] : ['e', 'n'];
    for (const jwk of jwks.keys) {
      expect(Object.keys(jwk).sort()).toEqual(['alg', 'kid', 'kty', 'use', ...members].sort());
      expect(jwk).toMatchObject({ alg, use: 'sig' });
    }
    const { protectedHeader } = await jwtVerify(tokenFor(app.nest, aPrincipal()), createLocalJWKSet(jwks), {
      issuer: 'http://localhost:3000',
      audience: 'countersign',
      typ: 'at+jwt',
      algorithms: [alg],
      currentDate: app.clock.now(),
    });
    expect(protectedHeader.kid).toBe(key.kid);
  });

  it('are accepted as the service signs them, so that what follows is refused for its own reason', async () => {
    await keys.ask(jws(header(), claims(), signerOf(key))).expect(200);
  });

  it.each(['none', 'None', 'NONE', ''])('are refused with alg %j', async (none) => {
    for (const signature of [Buffer.alloc(0), Buffer.alloc(32), Buffer.alloc(384)]) {
      await isRefused(jws(header({ alg: none }), claims(), bytes(signature)));
    }
    await isRefused(jws(header({ alg: none }), claims(), signerOf(key)));
  });

  it('are refused under another algorithm, signed as that one says or as the key does', async () => {
    for (const other of [...SIGNING_ALGORITHMS, 'RS384', 'PS512', 'HS512', 'ES384'].filter((each) => each !== alg)) {
      await isRefused(jws(header({ alg: other }), claims(), signerOf(key)));
    }
    if (alg === 'RS256' || alg === 'PS256') {
      const [own, other] = alg === 'RS256' ? [rs256, ps256] : [ps256, rs256];
      const otherAlg = alg === 'RS256' ? 'PS256' : 'RS256';
      await keys.ask(jws(header(), claims(), own(key.privateKey))).expect(200);
      await isRefused(jws(header({ alg: otherAlg }), claims(), other(key.privateKey)));
      await isRefused(jws(header(), claims(), other(key.privateKey)));
    }
  });

  it('are refused with a MAC made of what is public, in any form', async () => {
    const published = JSON.stringify(await keys.jwks());
    const secrets: (Buffer | string)[] = ['', key.kid, published, Buffer.alloc(32), Buffer.from(key.kid, 'base64url')];
    if (key.publicKey.type === 'public') {
      const { publicKey } = key;
      const pem = String(publicKey.export({ format: 'pem', type: 'spki' }));
      secrets.push(pem, pem.trim(), publicKey.export({ format: 'der', type: 'spki' }));
      if (alg !== 'ES256') secrets.push(publicKey.export({ format: 'pem', type: 'pkcs1' }));
      secrets.push(JSON.stringify(publicKey.export({ format: 'jwk' })), JSON.stringify(key.publicJwk));
      secrets.push(
        ...Object.values(publicKey.export({ format: 'jwk' }) as Record<string, string>).map((member) =>
          Buffer.from(member, 'base64url'),
        ),
      );
    }
    for (const secret of secrets) {
      for (const each of ['HS256', alg]) await isRefused(jws(header({ alg: each }), claims(), hs256(secret)));
    }
  });

  it('are refused under the id of the other key', async () => {
    const other = keys.ring.all.find(({ kid }) => kid !== key.kid)!;
    await isRefused(jws(header({ kid: other.kid }), claims(), signerOf(key)));
    await isRefused(jws(header(), claims(), signerOf(other)));
  });

  it('are refused just so as MFA tokens', async () => {
    await ada.login();
    const { header: own, payload } = readJws(ada.mfaToken);
    const show = (changes: object, signer: Signer) =>
      ada.get('/v1/mfa/factors', jws({ ...own, ...changes }, payload, signer));
    await show({}, signerOf(key)).expect(200);
    await refused(show({ alg: 'none' }, bytes(Buffer.alloc(0))), 401, 'token_invalid');
    const pem = alg === 'HS256' ? '' : String(key.publicKey.export({ format: 'pem', type: 'spki' }));
    await refused(show({ alg: 'HS256' }, hs256(pem)), 401, 'token_invalid');
    for (const other of SIGNING_ALGORITHMS.filter((each) => each !== alg)) {
      await refused(show({ alg: other }, signerOf(key)), 401, 'token_invalid');
    }
    if (alg === 'RS256') await refused(show({ alg: 'PS256' }, ps256(key.privateKey)), 401, 'token_invalid');
    if (alg === 'PS256') await refused(show({ alg: 'RS256' }, rs256(key.privateKey)), 401, 'token_invalid');
  });
});

describe('A change of SIGNING_ALGORITHM', () => {
  let database: TestDatabase;
  let clock: FakeClock;
  let app: TestApp;
  let keys: Keys;
  let ada: Person;
  /** By algorithm: of each that has signed. */
  const tokens = new Map<string, string>();

  beforeAll(async () => {
    database = await testDatabase();
    clock = new FakeClock();
    await start('ES256');
    ada = await Person.signedIn(app);
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  async function start(alg: string): Promise<void> {
    app = await startTestApp({ database, clock, env: { DOCS: 'off', SIGNING_ALGORITHM: alg } });
    keys = new Keys(app);
  }
  const algorithmsIn = async () => (await keys.jwks()).keys.map((jwk) => jwk.alg).sort();

  it('publishes the new key first, and goes on signing with the old one meanwhile', async () => {
    tokens.set('ES256', keys.longToken());
    await app.close();
    clock.advance(DAY);
    await start('RS256');
    expect((await keys.shown()).map(({ alg, state }) => `${state} ${alg}`).sort()).toEqual([
      'active ES256',
      'next RS256',
    ]);
    expect(await algorithmsIn()).toEqual(['ES256', 'RS256']);
    await keys.ask(tokens.get('ES256')!).expect(200);
    await keys.after(PUBLISHED_BEFORE - 1);
    expect(keys.ring.active.alg).toBe('ES256');
    tokens.set('ES256', keys.longToken());
  });

  it('then signs with it, and takes the tokens of the old one still', async () => {
    await keys.after(1);
    expect(keys.ring.active.alg).toBe('RS256');
    expect((await keys.shown()).map(({ alg, state }) => `${state} ${alg}`).sort()).toEqual([
      'active RS256',
      'next RS256',
      'retired ES256',
    ]);
    await keys.ask(tokens.get('ES256')!).expect(200);
    await keys.ask(keys.longToken()).expect(200);
    const after = Person.called(app, ada.username);
    after.refreshToken = ada.refreshToken;
    after.take((await after.refresh().expect(200)).body);
    expect(readJws(after.accessToken).header).toMatchObject({ alg: 'RS256' });
    await keys.ask(after.accessToken).expect(200);
  });

  it('comes from the process that started last: one that still runs with the old setting follows', async () => {
    // As a replica of before would: its own setting says ES256.
    const of = <T>(type: Type<T>): T => app.nest.get(type, { strict: false });
    const before = new SigningKeyRotation(
      of(SigningKeyStore),
      of(Transactions),
      of(RevocationLog),
      of(AuditLog),
      { algorithm: 'ES256', rotation: 90 * DAY, jwksMaxAge: 300 },
      clock,
    );
    clock.advance(PUBLISHED_BEFORE);
    expect(await before.run('tick')).toEqual([]);
    await keys.tick();
    expect(keys.ring.active.alg).toBe('RS256');
  });

  it('to a secret leaves the public keys in the JWKS until they are gone, and publishes nothing of its own', async () => {
    tokens.set('RS256', keys.longToken());
    const gone = theOne(await keys.shown(), 'retired').verifiesUntil!;
    await app.close();
    await start('HS256');
    expect(await algorithmsIn()).toEqual(['ES256', 'RS256']);
    await keys.after(PUBLISHED_BEFORE);
    expect(keys.ring.active.alg).toBe('HS256');
    tokens.set('HS256', keys.longToken());
    for (const token of tokens.values()) await keys.ask(token).expect(200);
    await keys.after((Date.parse(gone) - clock.now().getTime()) / 1000);
    expect(await algorithmsIn()).toEqual(['RS256']);
    await refused(keys.ask(tokens.get('ES256')!), 401, 'token_invalid');
    await keys.ask(tokens.get('RS256')!).expect(200);
    await keys.after(RETIRED_FOR);
    expect(await keys.jwks()).toEqual({ keys: [] });
    await refused(keys.ask(tokens.get('RS256')!), 401, 'token_invalid');
    await keys.ask(tokens.get('HS256')!).expect(200);
  });

  it('can be taken back before it has happened', async () => {
    const { kid } = keys.ring.active;
    await app.close();
    await start('PS256');
    expect(await algorithmsIn()).toEqual(['PS256']);
    await app.close();
    await start('HS256');
    expect(await algorithmsIn()).toEqual([]);
    await keys.after(PUBLISHED_BEFORE);
    expect(keys.ring.active.kid).toBe(kid);
  });

  it('changes nothing where the process cannot open the keys there are', async () => {
    const before = await keys.shown();
    await app.close();
    const env = {
      DOCS: 'off',
      SIGNING_ALGORITHM: 'ES256',
      ENCRYPTION_KEYS: `dev:${Buffer.alloc(32, 'other key!').toString('base64')}`,
    };
    await expect(startTestApp({ database, clock, env })).rejects.toThrow(/does not open|does not have/);
    await start('HS256');
    expect(await keys.shown()).toEqual(before);
  });
});
