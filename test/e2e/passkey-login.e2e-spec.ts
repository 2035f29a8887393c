import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { PasskeyHousekeeping } from '../../src/auth/passkey-login/passkey-housekeeping';
import { UsedPasskeyChallengeEntity } from '../../src/auth/passkey-login/entities/used-passkey-challenge.entity';
import { MfaChallengeEntity } from '../../src/mfa/challenges/entities/mfa-challenge.entity';
import { AuditEventEntity } from '../../src/platform/audit/entities/audit-event.entity';
import { Transactions } from '../../src/platform/database/transactions';
import { Accounts } from '../../src/users/accounts/accounts.store';
import { type TestDatabase, testDatabase } from '../support/database';
import { DISHONEST, Passkey } from '../support/passkey';
import { PasskeyHolder, passkeyLogin, passkeyOptions } from '../support/passkey-holder';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';
import { setCookiesOf, WebPage } from '../support/web-page';

describe('Login by passkey', () => {
  let database: TestDatabase;
  let app: TestApp;
  let refusal: object;

  beforeAll(async () => {
    database = await testDatabase();
    app = await startTestApp({ database, env: { DOCS: 'off', ALLOWED_ORIGINS: 'https://app.example.test' } });
    // What somebody gets whose passkey nobody has heard of.
    const stranger = new Passkey();
    stranger.userHandle = randomBytes(64).toString('base64url');
    const { challengeId, publicKey } = await passkeyOptions(app);
    const answer = await passkeyLogin(app, { challengeId, credential: stranger.get(publicKey) });
    expect(answer.status).toBe(401);
    refusal = sameAs(answer.body);
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  const manager = () => app.nest.get(DataSource).manager;
  const sameAs = ({ requestId: _, ...rest }: Record<string, unknown>) => rest;

  /** One answer, whatever the reason. */
  async function expectRefused(answer: PromiseLike<{ status: number; body: Record<string, unknown> }>): Promise<void> {
    const { status, body } = await answer;
    expect(status).toBe(401);
    expect(body['code']).toBe('invalid_credentials');
    expect(sameAs(body)).toEqual(refusal);
  }

  const loginEvents = async (userId: string) =>
    (
      await manager().find(AuditEventEntity, {
        where: { type: 'session.login', subjectId: userId },
        order: { id: 'ASC' },
      })
    ).map(({ outcome, details }) => ({ outcome, ...details }));

  const userIdOf = async ({ person }: PasskeyHolder) => {
    const id = await app.nest.get(Accounts, { strict: false }).findIdByIdentifier(person.username);
    return id!;
  };

  it('asks for any passkey that verifies its user, and keeps nothing of having asked', async () => {
    const rows = () =>
      Promise.all([UsedPasskeyChallengeEntity, MfaChallengeEntity].map((type) => manager().count(type)));
    const before = await rows();
    const [first, second] = [await passkeyOptions(app), await passkeyOptions(app)];
    expect(first).toEqual({
      challengeId: expect.stringMatching(/^[\w-]{99}$/),
      publicKey: {
        rpId: 'localhost',
        challenge: expect.stringMatching(/^[\w-]{43}$/),
        allowCredentials: [],
        timeout: 300_000,
        userVerification: 'required',
      },
    });
    expect(second.challengeId).not.toBe(first.challengeId);
    expect(second.publicKey.challenge).not.toBe(first.publicKey.challenge);
    expect(await rows()).toEqual(before);
  });

  it.each([
    [{}, 'hwk'],
    [{ synced: true }, 'swk'],
    [{ counts: true }, 'hwk'],
  ])('signs in without a name or a password: %j', async (traits, kind) => {
    const ada = await PasskeyHolder.enrolled(app, new Passkey(traits));
    const { status, body, headers } = await ada.login();
    expect(status).toBe(200);
    expect(headers['cache-control']).toContain('no-store');
    expect(body).toMatchObject({
      status: 'authenticated',
      session: { acr: 'phr', amr: [kind, 'user', 'mfa'], authTime: body.session.mfaTime, mfaTime: expect.any(String) },
    });
    ada.person.take(body);
    await ada.person.get('/v1/payouts', ada.person.accessToken).expect(200);
    const { body: sessions } = await ada.person.get('/v1/sessions', ada.person.accessToken).expect(200);
    expect(sessions.items).toContainEqual(
      expect.objectContaining({ current: true, acr: 'phr', amr: [kind, 'user', 'mfa'] }),
    );
    const refreshed = await ada.person.refresh().expect(200);
    expect(refreshed.body.session).toMatchObject({ acr: 'phr', amr: [kind, 'user', 'mfa'] });
    expect(await loginEvents(await userIdOf(ada))).toContainEqual({
      outcome: 'success',
      method: 'passkey',
      factorId: ada.factorId,
      status: 'authenticated',
    });
  });

  it('is one session for each login, and each may step up and drop the passkey', async () => {
    const ada = await PasskeyHolder.enrolled(app);
    const [here, there] = [(await ada.login()).body, (await ada.login()).body];
    expect(here.session.id).not.toBe(there.session.id);
    await ada.person.delete(`/v1/mfa/factors/${ada.factorId}`, here.accessToken).expect(204);
    // The factor counts nowhere any more, and the other sessions are over.
    const { body } = await ada.person.refresh(here.refreshToken).expect(200);
    expect(body.session).toMatchObject({ acr: 'aal1', amr: [], mfaTime: null });
    await refused(ada.person.get('/v1/users/me', there.accessToken), 401, 'token_invalid');
    await expectRefused(ada.login());
  });

  it('is good for who must have a second factor', async () => {
    const ada = await PasskeyHolder.enrolled(app);
    const userId = await userIdOf(ada);
    const accounts = app.nest.get(Accounts, { strict: false });
    await app.nest.get(Transactions).run((tx) => accounts.changeRights(tx, userId, { roles: ['user', 'admin'] }));
    expect((await ada.login()).body).toMatchObject({ status: 'authenticated', session: { acr: 'phr' } });
  });

  describe('refuses, always with the same words', () => {
    it.each([
      ...DISHONEST,
      ['made to enroll', { type: 'webauthn.create' }] as const,
      ['without its user verified', { verified: false }] as const,
      ['suddenly one that may be copied', { backupEligible: true }] as const,
      ['that names no account', { userHandle: null }] as const,
      ['that names an account with nothing', { userHandle: '' }] as const,
      ['that names another account', { userHandle: randomBytes(64).toString('base64url') }] as const,
    ])('an answer %s', async (_name, change) => {
      const ada = await PasskeyHolder.enrolled(app);
      const { challengeId, publicKey } = await passkeyOptions(app);
      await expectRefused(passkeyLogin(app, { challengeId, credential: ada.passkey.get(publicKey, change) }));
      // Nothing else was wrong with it, and nothing is used up.
      await passkeyLogin(app, { challengeId, credential: ada.passkey.get(publicKey) }).expect(200);
    });

    it('an answer that was given before', async () => {
      for (const counts of [false, true]) {
        const ada = await PasskeyHolder.enrolled(app, new Passkey({ counts }));
        const { challengeId, publicKey } = await passkeyOptions(app);
        const credential = ada.passkey.get(publicKey);
        await passkeyLogin(app, { challengeId, credential }).expect(200);
        await expectRefused(passkeyLogin(app, { challengeId, credential }));
        await expectRefused(passkeyLogin(app, { challengeId, credential: ada.passkey.get(publicKey) }));
        // It was no copy that answered: the passkey is not locked.
        expect((await ada.login()).status).toBe(200);
        expect(await loginEvents(await userIdOf(ada))).toContainEqual({
          outcome: 'failure',
          method: 'passkey',
          cause: 'replay',
        });
      }
    });

    it('an answer to another challenge, to one that was made up, and to one that is too old', async () => {
      const ada = await PasskeyHolder.enrolled(app);
      const [mine, other] = [await passkeyOptions(app), await passkeyOptions(app)];
      await expectRefused(
        passkeyLogin(app, { challengeId: other.challengeId, credential: ada.passkey.get(mine.publicKey) }),
      );
      const bytes = Buffer.from(mine.challengeId, 'base64url');
      for (let at = 0; at < bytes.length; at += 3) {
        const edited = Buffer.from(bytes);
        edited[at]! ^= 0x10;
        // With the challenge that it says, too.
        const challenge = edited.subarray(10, 42).toString('base64url');
        const credential = ada.passkey.get({ ...mine.publicKey, challenge });
        await expectRefused(passkeyLogin(app, { challengeId: edited.toString('base64url'), credential }));
      }
      const credential = ada.passkey.get(mine.publicKey);
      for (const challengeId of [
        '',
        'x',
        `${mine.challengeId}A`,
        `${mine.challengeId}=`,
        randomBytes(74).toString('base64url'),
      ]) {
        await expectRefused(passkeyLogin(app, { challengeId, credential }));
      }
      // One of a second factor is none to sign in with.
      const { id, publicKey } = await ada.challenge();
      await expectRefused(passkeyLogin(app, { challengeId: id, credential: ada.passkey.get(publicKey) }));
      app.clock.advance(299);
      await passkeyLogin(app, { challengeId: other.challengeId, credential: ada.passkey.get(other.publicKey) }).expect(
        200,
      );
      app.clock.advance(1);
      await expectRefused(passkeyLogin(app, { challengeId: mine.challengeId, credential }));
    });

    it('an answer to a login where a second factor is asked for', async () => {
      const ada = await PasskeyHolder.enrolled(app);
      const { id } = await ada.challenge();
      const { publicKey } = await passkeyOptions(app);
      await refused(ada.verify(id, ada.passkey.get(publicKey)), 400, 'invalid_code');
    });

    it('a passkey of one account in the name of another', async () => {
      const [ada, eve] = [await PasskeyHolder.enrolled(app), await PasskeyHolder.enrolled(app)];
      await expectRefused(ada.login({ userHandle: eve.passkey.userHandle }));
      const { challengeId, publicKey } = await passkeyOptions(app);
      const credential = { ...eve.passkey.get(publicKey), id: ada.passkey.id, rawId: ada.passkey.id };
      await expectRefused(passkeyLogin(app, { challengeId, credential }));
      const asAda = eve.passkey.get(publicKey, { userHandle: ada.passkey.userHandle });
      await expectRefused(passkeyLogin(app, { challengeId, credential: asAda }));
      expect((await eve.login()).status).toBe(200);
    });

    it('a passkey that was begun and never proven', async () => {
      const ada = new PasskeyHolder(app, await Person.signedIn(app));
      const { publicKey } = await ada.begin();
      ada.passkey.create(publicKey);
      await expectRefused(ada.login());
    });

    it('a passkey of an account that is disabled', async () => {
      const ada = await PasskeyHolder.enrolled(app);
      const userId = await userIdOf(ada);
      const accounts = app.nest.get(Accounts, { strict: false });
      await app.nest.get(Transactions).run((tx) => accounts.changeRights(tx, userId, { status: 'disabled' }));
      await expectRefused(ada.login());
      expect(await loginEvents(userId)).toContainEqual({ outcome: 'failure', method: 'passkey', cause: 'status' });
      await app.nest.get(Transactions).run((tx) => accounts.changeRights(tx, userId, { status: 'active' }));
      expect((await ada.login()).status).toBe(200);
    });

    it('a key that never verified its user, until it did so after a password: who finds it could give it a PIN', async () => {
      const ada = await PasskeyHolder.enrolled(app, new Passkey({ verifies: false }));
      await expectRefused(ada.login({ verified: true }));
      expect((await ada.loginWithPassword()).status).toBe(200);
      await expectRefused(ada.login({ verified: true }));
      expect((await ada.loginWithPassword({ verified: true })).status).toBe(200);
      expect((await ada.login({ verified: true })).status).toBe(200);
      await expectRefused(ada.login());
    });

    it('a copy of a passkey that counts, and locks it', async () => {
      const ada = await PasskeyHolder.enrolled(app, new Passkey({ counts: true }));
      const copy = new PasskeyHolder(app, ada.person.elsewhere(), ada.passkey.copy());
      expect((await ada.login()).status).toBe(200);
      await expectRefused(copy.login());
      await expectRefused(ada.login()); // locked: nobody knows yet who of the two is the owner
      await ada.person.login();
      const path = '/v1/mfa/challenges';
      await refused(ada.person.post(path, { factorId: ada.factorId }, ada.person.mfaToken), 429, 'too_many_attempts');
      const [event, ...more] = (await manager().findBy(AuditEventEntity, { type: 'mfa.factor_compromised' })).filter(
        ({ details }) => details['factorId'] === ada.factorId,
      );
      expect(more).toEqual([]);
      expect(event).toMatchObject({ outcome: 'failure', subjectId: await userIdOf(ada), ip: '127.0.0.1' });
      app.clock.advance(3601);
      expect((await ada.login()).status).toBe(200);
    });
  });

  it('leaves the counter alone when it refuses, however high the answer counts', async () => {
    const ada = await PasskeyHolder.enrolled(app, new Passkey({ counts: true }));
    const next = ada.passkey.counter + 1;
    for (const change of [{ verified: false }, { origin: 'http://evil.test' }, { userHandle: null }]) {
      await expectRefused(ada.login({ ...change, counter: 4_000_000_000 }));
    }
    expect((await ada.login({ counter: next })).status).toBe(200);
  });

  it('answers what is no request as validation_failed, and whatever else is in it never by an error of ours', async () => {
    const ada = await PasskeyHolder.enrolled(app);
    const { challengeId, publicKey } = await passkeyOptions(app);
    const credential = ada.passkey.get(publicKey);
    const bodies = [
      {},
      { challengeId },
      { credential },
      { challengeId: null, credential },
      { challengeId: [challengeId], credential },
      { challengeId: 'x'.repeat(257), credential },
      { challengeId, credential: 'text' },
      { challengeId, credential: [credential] },
      { challengeId, credential: null },
      { challengeId, credential, identifier: ada.person.username },
    ];
    for (const body of bodies) await refused(passkeyLogin(app, body), 400, 'validation_failed');
    const anything = fc.record({
      id: fc.oneof(fc.constant(credential.id), fc.jsonValue()),
      rawId: fc.oneof(fc.constant(credential.id), fc.jsonValue()),
      type: fc.oneof(fc.constant('public-key'), fc.jsonValue()),
      response: fc.oneof(
        fc.jsonValue(),
        fc.record(
          {
            clientDataJSON: fc.oneof(
              fc.base64String(),
              fc.jsonValue(),
              fc.constant(credential.response.clientDataJSON),
            ),
            authenticatorData: fc.oneof(
              fc.base64String(),
              fc.jsonValue(),
              fc.constant(credential.response.authenticatorData),
            ),
            signature: fc.oneof(fc.base64String(), fc.jsonValue()),
            userHandle: fc.oneof(fc.constant(ada.passkey.userHandle), fc.jsonValue()),
          },
          { requiredKeys: [] },
        ),
      ),
    });
    await fc.assert(
      fc.asyncProperty(anything, async (shown) => {
        const { status } = await passkeyLogin(app, { challengeId, credential: shown });
        return status === 401 || status === 400;
      }),
      { numRuns: 100 },
    );
    await passkeyLogin(app, { challengeId, credential }).expect(200);
  });

  it('gives the refresh token as a cookie to pages that ask so, of allowed origins only', async () => {
    const ada = await PasskeyHolder.enrolled(app);
    const login = async (page: WebPage) => {
      const { challengeId, publicKey } = await passkeyOptions(app);
      const body = { challengeId, credential: ada.passkey.get(publicKey) };
      return page.post('/v1/auth/passkey/login', body, { 'x-token-transport': 'cookie' });
    };
    const page = new WebPage(app, 'https://app.example.test');
    const answer = await login(page);
    expect(answer.body).toMatchObject({ status: 'authenticated', session: { acr: 'phr' } });
    expect(answer.body).not.toHaveProperty('refreshToken');
    expect(setCookiesOf(answer)).toHaveLength(1);
    page.take(answer);
    await page.refresh().expect(200);
    const elsewhere = await login(new WebPage(app, 'https://evil.test'));
    expect(elsewhere.body).toMatchObject({ status: 403, code: 'origin_refused' });
    expect(setCookiesOf(elsewhere)).toEqual([]);
  });

  it('forgets the challenges that were used, an hour after they lapsed', async () => {
    const housekeeping = app.nest.get(PasskeyHousekeeping, { strict: false });
    const ada = await PasskeyHolder.enrolled(app);
    app.clock.advance(4000);
    await housekeeping.sweep();
    expect(await manager().count(UsedPasskeyChallengeEntity)).toBe(0);
    expect((await ada.login()).status).toBe(200);
    app.clock.advance(300 + 3600);
    await housekeeping.sweep();
    expect(await manager().count(UsedPasskeyChallengeEntity)).toBe(1);
    app.clock.advance(1);
    await housekeeping.sweep();
    expect(await manager().count(UsedPasskeyChallengeEntity)).toBe(0);
  });

  it('is not there where passkeys are switched off, whoever has one', async () => {
    const ada = await PasskeyHolder.enrolled(app);
    const { challengeId, publicKey } = await passkeyOptions(app);
    await app.close();
    app = await startTestApp({ database, clock: app.clock, env: { DOCS: 'off', MFA_FACTORS: 'totp,recovery_code' } });
    await refused(request(app.url).post('/v1/auth/passkey/options'), 404, 'not_found');
    await expectRefused(passkeyLogin(app, { challengeId, credential: ada.passkey.get(publicKey) }));
  });
});
