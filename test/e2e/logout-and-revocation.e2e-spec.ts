import { randomBytes } from 'node:crypto';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { RevocationLog } from '../../src/tokens/revocation/revocation-log';
import { RevocationPoller } from '../../src/tokens/revocation/revocation-poller';
import { SigningKeyRing } from '../../src/tokens/signing-keys/signing-key-ring';
import { TokenHousekeeping } from '../../src/tokens/token-housekeeping';
import { Accounts } from '../../src/users/accounts/accounts.store';
import { type TestDatabase, testDatabase } from '../support/database';
import { es256, jws, readJws } from '../support/jws';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(60_000); // many requests a test, on a busy machine

const revocationsOf = (app: TestApp) =>
  app.nest.get(DataSource).getMetadata('SessionEntity').tablePath.replace('sessions', 'revocations');

describe('Logout', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off' } });
  });
  afterAll(() => app.close());

  async function expectOver(person: Person): Promise<void> {
    await refused(person.get('/v1/payouts/limits', person.accessToken), 401, 'token_invalid');
    await refused(person.refresh(), 401, 'invalid_refresh_token');
  }

  it('by the access token ends the session, its access tokens and its refresh token', async () => {
    const ada = await Person.signedIn(app);
    const first = ada.accessToken;
    ada.take((await ada.refresh().expect(200)).body);
    await ada.post('/v1/auth/logout', {}, ada.accessToken).expect(204, {});
    await expectOver(ada);
    await refused(ada.get('/v1/payouts/limits', first), 401, 'token_invalid');
  });

  it('by an access token that has expired does as much', async () => {
    const ada = await Person.signedIn(app);
    app.clock.advance(301);
    await ada.post('/v1/auth/logout', {}, ada.accessToken).expect(204);
    await expectOver(ada);
  });

  it('by the refresh token does as much, by one of before too', async () => {
    const ada = await Person.signedIn(app);
    await ada.post('/v1/auth/logout', { refreshToken: ada.refreshToken }).expect(204);
    await expectOver(ada);

    const bob = await Person.signedIn(app);
    const first = bob.refreshToken;
    for (let times = 0; times < 3; times++) bob.take((await bob.refresh().expect(200)).body);
    await bob.post('/v1/auth/logout', { refreshToken: first }).expect(204);
    await expectOver(bob);
  });

  it('by the MFA token ends the half sign-in, and no other session', async () => {
    const ada = await Person.withApp(app);
    const elsewhere = ada.elsewhere();
    await elsewhere.login();
    const challenge = await elsewhere.challenge();
    await elsewhere.post('/v1/auth/logout', {}, elsewhere.mfaToken).expect(204);
    await refused(elsewhere.verify(challenge, ada.authenticator.code()), 401, 'token_invalid');
    await ada.get('/v1/payouts', ada.accessToken).expect(200);
    await ada.refresh().expect(200);
  });

  it('of a half sign-in needs no revocation: there is no access token, and the MFA token asks for its session', async () => {
    const ada = await Person.withApp(app);
    const rows = () => app.nest.get(DataSource).query<unknown[]>(`SELECT * FROM ${revocationsOf(app)}`);
    const before = await rows();
    const half = ada.elsewhere();
    await half.login();
    await half.get('/v1/mfa/factors', half.mfaToken).expect(200);
    await half.post('/v1/auth/logout', {}, half.mfaToken).expect(204);
    expect(await rows()).toEqual(before);
    await refused(half.get('/v1/mfa/factors', half.mfaToken), 401, 'token_invalid');
    await refused(half.post('/v1/mfa/challenges', {}, half.mfaToken), 401, 'token_invalid');
    // The search itself works: the end of a session with tokens has a row.
    await ada.post('/v1/auth/logout', {}, ada.accessToken).expect(204);
    expect(await rows()).toHaveLength(before.length + 1);
  });

  it('by the MFA token of a running session ends that session', async () => {
    const ada = await Person.withApp(app);
    const { mfaToken } = (await ada.reauthenticate().expect(200)).body;
    await ada.post('/v1/auth/logout', {}, mfaToken as string).expect(204);
    await expectOver(ada);
  });

  it('by tokens of two sessions ends both', async () => {
    const ada = await Person.signedIn(app);
    const bob = await Person.signedIn(app);
    await ada.post('/v1/auth/logout', { refreshToken: bob.refreshToken }, ada.accessToken).expect(204);
    await expectOver(ada);
    await expectOver(bob);
  });

  it('with nothing left to end is as good', async () => {
    const ada = await Person.signedIn(app);
    for (let times = 0; times < 2; times++) {
      await ada.post('/v1/auth/logout', { refreshToken: ada.refreshToken }, ada.accessToken).expect(204);
    }
    await ada.post('/v1/auth/logout').expect(204);
    await request(app.url).post('/v1/auth/logout').expect(204);
    await request(app.url).post('/v1/auth/logout').set('content-type', 'application/json').expect(204);
    await ada.post('/v1/auth/logout', {}, 'nonsense').expect(204);
    await ada.post('/v1/auth/logout', { refreshToken: 'nonsense' }).expect(204);
    await request(app.url).post('/v1/auth/logout').set('authorization', 'Basic YTpi').expect(204);
  });

  it('by a forged token ends nothing', async () => {
    const ada = await Person.signedIn(app);
    const [header, payload, signature] = ada.accessToken.split('.') as [string, string, string];
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    const flipped = signature.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A'));
    for (const token of [`${header}.${payload}.${flipped}`, `${none}.${payload}.`, `${none}.${payload}.AA`]) {
      await ada.post('/v1/auth/logout', {}, token).expect(204);
    }
    await ada.get('/v1/payouts/limits', ada.accessToken).expect(200);
    await ada.refresh().expect(200);
  });

  it('leaves the other sessions of the account alone', async () => {
    const ada = await Person.signedIn(app);
    const elsewhere = ada.elsewhere();
    await elsewhere.login();
    await ada.post('/v1/auth/logout', {}, ada.accessToken).expect(204);
    await elsewhere.get('/v1/payouts/limits', elsewhere.accessToken).expect(200);
    await elsewhere.refresh().expect(200);
  });

  it('has no room for what it does not know', async () => {
    const ada = await Person.signedIn(app);
    await refused(ada.post('/v1/auth/logout', { everywhere: true }), 400, 'validation_failed');
    await refused(ada.post('/v1/auth/logout', { refreshToken: 7 }), 400, 'validation_failed');
  });

  it('has a change of rights beside it: tokens of before are refused, and a refresh gives new ones', async () => {
    const ada = await Person.signedIn(app);
    const userId = readJws(ada.accessToken).payload['sub'] as string;
    const before = ada.accessToken;
    await app.nest.get(DataSource).transaction(async (tx) => {
      const version = await app.nest.get(Accounts, { strict: false }).changeRights(tx, userId, { roles: [] });
      await app.nest.get(RevocationLog, { strict: false }).revokeUser(tx, userId, version!);
    });
    await app.nest.get(RevocationPoller, { strict: false }).catchUp();
    await refused(ada.get('/v1/payouts/limits', before), 401, 'token_invalid');
    ada.take((await ada.refresh().expect(200)).body);
    expect(readJws(ada.accessToken).payload).toMatchObject({ roles: [], ver: 2 });
    await ada.get('/v1/payouts/limits', ada.accessToken).expect(200);
    await refused(ada.get('/v1/payouts/limits', before), 401, 'token_invalid');
  });
});

describe('A revoked signing key', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off' } });
  });
  afterAll(() => app.close());

  it('is good for no token: neither one seen before, nor a new one, nor an MFA token', async () => {
    const ring = app.nest.get(SigningKeyRing, { strict: false });
    const dataSource = app.nest.get(DataSource);
    const ada = await Person.withApp(app);
    const half = ada.elsewhere();
    await half.login();
    const seen = ada.accessToken;
    await ada.get('/v1/payouts', seen).expect(200);
    await ada.get('/v1/mfa/factors', half.mfaToken).expect(200);
    const unseen = (await ada.refresh().expect(200)).body.accessToken as string;
    const { kid } = ring.active;
    for (const token of [seen, unseen, half.mfaToken]) expect(readJws(token).header).toMatchObject({ kid });

    await dataSource.transaction((tx) => app.nest.get(RevocationLog, { strict: false }).revokeKey(tx, kid));
    await app.nest.get(RevocationPoller, { strict: false }).catchUp();
    for (const token of [seen, unseen]) await refused(ada.get('/v1/payouts', token), 401, 'token_invalid');
    await refused(half.get('/v1/mfa/factors', half.mfaToken), 401, 'token_invalid');
    await refused(half.post('/v1/mfa/challenges', {}, half.mfaToken), 401, 'token_invalid');

    // Other keys are as good as before.
    const other = ring.all.find((key) => key.kid !== kid)!;
    const { header, payload } = readJws(seen);
    const token = jws({ ...header, kid: other.kid }, payload, es256(other.privateKey));
    await ada.get('/v1/payouts', token).expect(200);
  });
});

describe(RevocationLog.name, () => {
  const env = { DOCS: 'off', ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}` };
  let database: TestDatabase;
  let app: TestApp;

  beforeAll(async () => {
    database = await testDatabase();
    app = await startTestApp({ env, database });
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('is read to its end, however long it is, by one that runs and by one that starts', async () => {
    const ada = await Person.signedIn(app);
    const bob = await Person.signedIn(app);
    const eve = await Person.signedIn(app);
    const { sub: userId } = readJws(bob.accessToken).payload;
    for (const person of [ada, bob]) await person.get('/v1/payouts/limits', person.accessToken).expect(200);
    // One transaction, and whom it is about comes last.
    await app.nest.get(DataSource).query(
      `INSERT INTO ${revocationsOf(app)} (kind, subject, min_version, expires_at)
       SELECT 'session', '00000000-' || n, NULL, $3::timestamptz FROM generate_series(1, 6500) n
       UNION ALL VALUES ('session', $1, NULL, $3), ('user', $2, 2, $3)`,
      [ada.sessionId, userId, app.clock.in(7200)],
    );
    await app.nest.get(RevocationPoller, { strict: false }).catchUp();
    const expectRefused = async () => {
      const call = ({ accessToken }: Person) =>
        request(app.url).get('/v1/payouts/limits').auth(accessToken, { type: 'bearer' });
      await refused(call(ada), 401, 'token_invalid');
      await refused(call(bob), 401, 'token_invalid');
      await call(eve).expect(200);
    };
    await expectRefused();
    await app.close();
    app = await startTestApp({ env, database });
    await expectRefused();
  });

  it('keeps a revocation for an hour longer than any token lives, and no longer', async () => {
    const ada = await Person.signedIn(app);
    await ada.post('/v1/auth/logout', {}, ada.accessToken).expect(204);
    const rows = async () => {
      await app.nest.get(TokenHousekeeping, { strict: false }).sweep();
      const found = `SELECT 1 FROM ${revocationsOf(app)} WHERE subject = $1`;
      return (await app.nest.get(DataSource).query<unknown[]>(found, [ada.sessionId])).length;
    };
    expect(await rows()).toBe(1);
    app.clock.advance(2 * 3600);
    expect(await rows()).toBe(1);
    app.clock.advance(1);
    expect(await rows()).toBe(0);
  });
});
