import { Person } from '../support/person';
import { refused } from '../support/refused';
import { readJws } from '../support/jws';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(60_000); // many requests a test, on a busy machine

const STEP = 30;
const NOBODYS_ID = '01890000-0000-7000-8000-000000000000';

describe('A challenge of a second factor', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off' } });
  });
  afterAll(() => app.close());

  /** Somebody with an app who is past the password and before the second factor. */
  async function halfway(): Promise<Person> {
    const person = await Person.withApp(app);
    await person.login();
    return person;
  }

  async function recoveryFactorOf(person: Person): Promise<string> {
    const { body } = await person.get('/v1/mfa/factors', person.accessToken || person.mfaToken).expect(200);
    const factors = body.items as { id: string; type: string }[];
    return factors.find(({ type }) => type === 'recovery_code')!.id;
  }

  /** Gives wrong codes to as many challenges as it takes. */
  async function fail(person: Person, times: number, token = person.mfaToken): Promise<void> {
    for (let tries = 0, challenge = ''; tries < times; tries++) {
      if (tries % 5 === 0) challenge = await person.challenge(token, person.factorId);
      await refused(person.verify(challenge, person.authenticator.wrongCode(), token), 400, 'invalid_code');
    }
  }

  describe('belongs to one session and one factor:', () => {
    it('another session of the account cannot answer it', async () => {
      const ada = await halfway();
      const elsewhere = ada.elsewhere();
      await elsewhere.login();
      const challenge = await ada.challenge();
      await refused(elsewhere.verify(challenge, ada.authenticator.code()), 400, 'challenge_expired');
      await ada.verify(challenge, ada.authenticator.code()).expect(200);
    });

    it('another account cannot answer it, and spends none of its tries', async () => {
      const ada = await halfway();
      const eve = await halfway();
      const challenge = await ada.challenge();
      for (const code of [eve.authenticator.code(), ada.authenticator.code(), eve.authenticator.wrongCode()]) {
        await refused(eve.verify(challenge, code), 400, 'challenge_expired');
      }
      const wrong = await refused(ada.verify(challenge, ada.authenticator.wrongCode()), 400, 'invalid_code');
      expect(wrong.body.attemptsRemaining).toBe(4);
      await refused(ada.verify(NOBODYS_ID, ada.authenticator.code()), 400, 'challenge_expired');
      await refused(ada.verify('nothing', ada.authenticator.code()), 404, 'not_found');
    });

    it('nobody begins one of a factor that is not their own', async () => {
      const ada = await halfway();
      const eve = await halfway();
      for (const factorId of [ada.factorId, NOBODYS_ID]) {
        await refused(eve.post('/v1/mfa/challenges', { factorId }, eve.mfaToken), 404, 'not_found');
      }
      await refused(eve.post('/v1/mfa/challenges', { factorId: 'mine' }, eve.mfaToken), 400, 'validation_failed');
      await refused(eve.post('/v1/mfa/challenges', { factorId: null }, eve.mfaToken), 400, 'validation_failed');
    });

    it('the code of one factor does not answer the challenge of another', async () => {
      const ada = await halfway();
      const byCode = await ada.challenge(ada.mfaToken, await recoveryFactorOf(ada));
      await refused(ada.verify(byCode, ada.authenticator.code()), 400, 'invalid_code');
      const byApp = await ada.challenge();
      await refused(ada.verify(byApp, ada.recoveryCodes[0]!), 400, 'validation_failed');
    });
  });

  describe('is soon over:', () => {
    it('after five minutes', async () => {
      const ada = await Person.withApp(app);
      const begun = await ada.post('/v1/mfa/challenges', {}, ada.accessToken).expect(201);
      expect(begun.body).toEqual({
        id: expect.any(String),
        factorId: ada.factorId,
        type: 'totp',
        expiresAt: new Date(app.clock.now().getTime() + 300_000).toISOString(),
      });
      app.clock.advance(60);
      const late = await ada.challenge(ada.accessToken);
      app.clock.advance(239);
      ada.take((await ada.refresh().expect(200)).body);
      await refused(
        ada.verify(begun.body.id as string, ada.authenticator.wrongCode(), ada.accessToken),
        400,
        'invalid_code',
      );
      app.clock.advance(1);
      await refused(
        ada.verify(begun.body.id as string, ada.authenticator.code(), ada.accessToken),
        400,
        'challenge_expired',
      );
      await ada.verify(late, ada.authenticator.code(), ada.accessToken).expect(200);
    });

    it('after five tries, for the right code too', async () => {
      const ada = await halfway();
      const challenge = await ada.challenge();
      for (const attemptsRemaining of [4, 3, 2, 1, 0]) {
        const wrong = await refused(ada.verify(challenge, ada.authenticator.wrongCode()), 400, 'invalid_code');
        expect(wrong.body).toMatchObject({ attemptsRemaining });
      }
      await refused(ada.verify(challenge, ada.authenticator.code()), 400, 'challenge_expired');
      await ada.verify(await ada.challenge(), ada.authenticator.code()).expect(200);
    });

    it('after its success', async () => {
      const ada = await Person.withApp(app);
      const challenge = await ada.challenge(ada.accessToken);
      await ada.verify(challenge, ada.authenticator.code(), ada.accessToken).expect(200);
      app.clock.advance(STEP);
      await refused(ada.verify(challenge, ada.authenticator.code(), ada.accessToken), 400, 'challenge_expired');
    });

    it('when its factor is dropped', async () => {
      const ada = await Person.withApp(app);
      const challenge = await ada.challenge(ada.accessToken);
      await ada.delete(`/v1/mfa/factors/${ada.factorId}`, ada.accessToken).expect(204);
      await refused(ada.verify(challenge, ada.authenticator.code(), ada.accessToken), 400, 'challenge_expired');
    });
  });

  describe('counts failures by factor:', () => {
    it('ten in a row, over challenges and sessions, lock it for longer each time', async () => {
      const ada = await halfway();
      const elsewhere = ada.elsewhere();
      await elsewhere.login();
      await fail(ada, 5);
      await fail(elsewhere, 5);

      for (const person of [ada, elsewhere]) {
        const named = person.post('/v1/mfa/challenges', { factorId: ada.factorId }, person.mfaToken);
        const locked = await refused(named, 429, 'too_many_attempts');
        expect(locked.body).toMatchObject({ retryAfter: 30 });
      }
      const locks: number[] = [];
      for (let round = 0; round < 9; round++) {
        const { body } = await ada.post('/v1/mfa/challenges', { factorId: ada.factorId }, ada.mfaToken);
        locks.push(body.retryAfter as number);
        app.clock.advance(body.retryAfter as number);
        await ada.login();
        await fail(ada, 1);
      }
      expect(locks).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
    });

    it('refuses the right code while it is locked, without a look at it', async () => {
      const ada = await halfway();
      const challenge = await ada.challenge();
      await fail(ada, 10);
      const code = ada.authenticator.code();
      // More often than the challenge may be tried: what was not looked at was no try.
      for (let tries = 0; tries < 6; tries++) {
        const locked = await refused(ada.verify(challenge, code), 429, 'too_many_attempts');
        expect(locked.body.retryAfter).toBe(30);
      }
      app.clock.advance(20);
      const still = await refused(ada.verify(challenge, code), 429, 'too_many_attempts');
      expect(still.body.retryAfter).toBe(10);
      app.clock.advance(10);
      await ada.verify(challenge, code).expect(200);
    });

    it('says how many tries are left before the lock, where that is fewer than the challenge has', async () => {
      const ada = await halfway();
      await fail(ada, 7);
      const challenge = await ada.challenge(ada.mfaToken, ada.factorId);
      for (const attemptsRemaining of [2, 1, 0]) {
        const wrong = await refused(ada.verify(challenge, ada.authenticator.wrongCode()), 400, 'invalid_code');
        expect(wrong.body).toMatchObject({ attemptsRemaining });
      }
      await refused(ada.verify(challenge, ada.authenticator.code()), 429, 'too_many_attempts');
    });

    it('is cleared by a success of that factor', async () => {
      const ada = await halfway();
      await fail(ada, 9);
      await ada.verify(await ada.challenge(), ada.authenticator.code()).expect(200);
      app.clock.advance(STEP);
      await ada.login();
      await fail(ada, 9);
      await ada.verify(await ada.challenge(), ada.authenticator.code()).expect(200);
    });

    it('is cleared by nothing else: no password, no other session, no recovery code, no new app', async () => {
      const ada = await Person.withApp(app);
      const locked = ada.elsewhere();
      await locked.login();
      await fail(locked, 9);
      await locked.login();
      const byRecoveryCode = await locked.challenge(locked.mfaToken, await recoveryFactorOf(locked));
      await locked.verify(byRecoveryCode, locked.recoveryCodes[0]!).expect(200);
      await locked.login();
      const { authenticator, factorId } = ada;
      await ada.enroll();
      await ada.activate();
      Object.assign(ada, { authenticator, factorId });
      await ada.login();
      await fail(ada, 1);
      await refused(ada.post('/v1/mfa/challenges', { factorId: ada.factorId }, ada.mfaToken), 429, 'too_many_attempts');
    });

    it('leaves recovery codes usable while the app is locked', async () => {
      const ada = await halfway();
      await fail(ada, 10);
      const again = await ada.elsewhere().login();
      expect(again.body.factors).toMatchObject([{ type: 'recovery_code' }]);
      const challenge = await ada.challenge(ada.mfaToken);
      const { body } = await ada.verify(challenge, ada.recoveryCodes[0]!).expect(200);
      expect(body.session).toMatchObject({ acr: 'aal2', amr: ['pwd', 'recovery_code', 'mfa'] });
    });

    it('locks no recovery codes, which nobody guesses: whoever has the password would keep the owner out', async () => {
      const ada = await halfway();
      const factorId = await recoveryFactorOf(ada);
      for (let tries = 0, challenge = ''; tries < 20; tries++) {
        if (tries % 5 === 0) challenge = await ada.challenge(ada.mfaToken, factorId);
        await refused(ada.verify(challenge, '0000-0000-0000-0000'), 400, 'invalid_code');
      }
      await ada.verify(await ada.challenge(ada.mfaToken, factorId), ada.recoveryCodes[0]!).expect(200);
    });
  });

  describe('answered with an MFA token', () => {
    it('ends that token and every other of its session', async () => {
      const ada = await Person.withApp(app);
      await ada.refresh().expect(200);
      const first = (await ada.reauthenticate().expect(200)).body.mfaToken as string;
      const second = (await ada.reauthenticate().expect(200)).body.mfaToken as string;
      await ada.verify(await ada.challenge(first), ada.authenticator.code(), first).expect(200);
      app.clock.advance(STEP);
      for (const token of [first, second]) {
        await refused(ada.post('/v1/mfa/challenges', {}, token), 401, 'token_invalid');
        await refused(ada.get('/v1/mfa/factors', token), 401, 'token_invalid');
      }
    });

    it('is begun and answered for five minutes only', async () => {
      const ada = await halfway();
      const { payload } = readJws(ada.mfaToken);
      expect(payload).toMatchObject({ purpose: 'verify', exp: app.clock.nowInSeconds() + 300 });
      app.clock.advance(299);
      const challenge = await ada.challenge();
      app.clock.advance(1);
      await refused(ada.post('/v1/mfa/challenges', {}, ada.mfaToken), 401, 'token_invalid');
      await refused(ada.verify(challenge, ada.authenticator.code()), 401, 'token_invalid');
    });

    it('of purpose verify, changes nothing of the factors and reads no recovery codes', async () => {
      const ada = await halfway();
      const token = ada.mfaToken;
      await refused(ada.post('/v1/mfa/factors', { type: 'totp' }, token), 403, 'forbidden');
      await refused(ada.post(`/v1/mfa/factors/${ada.factorId}/activate`, { code: '123456' }, token), 403, 'forbidden');
      await refused(ada.get(`/v1/mfa/factors/${ada.factorId}/qr-code`, token), 403, 'forbidden');
      const closed = [
        ada.patch(`/v1/mfa/factors/${ada.factorId}`, { name: 'Mine' }, token),
        ada.delete(`/v1/mfa/factors/${ada.factorId}`, token),
        ada.get('/v1/mfa/recovery-codes', token),
        ada.post('/v1/mfa/recovery-codes', {}, token),
        ada.reauthenticate(token),
        ada.get('/v1/users/me', token),
        ada.get('/v1/payouts/limits', token),
      ];
      for (const test of closed) await refused(test, 401, 'token_invalid');
      await refused(ada.refresh(token), 400, 'validation_failed');
      await ada.get('/v1/mfa/factors', token).expect(200);
      await ada.verify(await ada.challenge(), ada.authenticator.code()).expect(200);
    });

    it('is not begun without a token, nor with one that is none', async () => {
      const ada = await halfway();
      await refused(ada.post('/v1/mfa/challenges'), 401, 'token_missing');
      await refused(ada.post('/v1/mfa/challenges', {}, 'nonsense'), 401, 'token_invalid');
      await refused(ada.post('/v1/mfa/challenges', {}, `${ada.mfaToken}A`), 401, 'token_invalid');
    });
  });

  describe('answered with an access token', () => {
    it('steps the session up; the access token of before stays good, with its old claims', async () => {
      const ada = await Person.signedIn(app);
      const early = ada.accessToken;
      const elsewhere = ada.elsewhere();
      await elsewhere.login();
      const old = elsewhere.accessToken;
      const oldRefreshToken = elsewhere.refreshToken;
      await ada.enroll();
      await ada.activate();
      Object.assign(elsewhere, { authenticator: ada.authenticator, factorId: ada.factorId });
      app.clock.advance(STEP);

      const challenge = await elsewhere.challenge(old);
      const { body } = await elsewhere.verify(challenge, elsewhere.authenticator.code(), old).expect(200);
      expect(body).toMatchObject({ status: 'authenticated', session: { id: elsewhere.sessionId, acr: 'aal2' } });
      elsewhere.take(body);
      expect(readJws(elsewhere.accessToken).payload).toMatchObject({
        acr: 'aal2',
        mfa_time: app.clock.nowInSeconds(),
        auth_time: app.clock.nowInSeconds(),
      });
      await elsewhere.get('/v1/payouts', elsewhere.accessToken).expect(200);
      await refused(elsewhere.refresh(oldRefreshToken), 401, 'invalid_refresh_token');
      await elsewhere.refresh().expect(200);

      for (const token of [early, old]) {
        await ada.get('/v1/payouts/limits', token).expect(200);
        await refused(ada.get('/v1/payouts', token), 401, 'mfa_enrollment_required');
      }
      app.clock.advance(300 - STEP);
      await refused(ada.get('/v1/payouts/limits', old), 401, 'token_invalid');
    });

    it('makes a stale second factor fresh', async () => {
      const ada = await Person.withApp(app);
      app.clock.advance(700);
      ada.take((await ada.refresh().expect(200)).body);
      const stale = await refused(ada.delete(`/v1/mfa/factors/${ada.factorId}`, ada.accessToken), 401, 'mfa_stale');
      expect(stale.headers['www-authenticate']).toContain('max_age="600"');
      const challenge = await ada.challenge(ada.accessToken);
      ada.take((await ada.verify(challenge, ada.authenticator.code(), ada.accessToken).expect(200)).body);
      await ada.delete(`/v1/mfa/factors/${ada.factorId}`, ada.accessToken).expect(204);
    });
  });
});
