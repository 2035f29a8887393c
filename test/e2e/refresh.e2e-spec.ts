import { DataSource } from 'typeorm';
import { AuditEventEntity } from '../../src/platform/audit/entities/audit-event.entity';
import { RevocationLog } from '../../src/tokens/revocation/revocation-log';
import { RevocationPoller } from '../../src/tokens/revocation/revocation-poller';
import { SessionStore } from '../../src/tokens/sessions/session.store';
import { Accounts } from '../../src/users/accounts/accounts.store';
import { Authenticator } from '../support/authenticator';
import { readJws } from '../support/jws';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(60_000); // many requests a test, on a busy machine

const STEP = 30;
const DAY = 86_400;
const IDLE_END = 7 * DAY;
const ABSOLUTE_END = 30 * DAY;

/** What a token says of how its holder was authenticated. */
function assuranceOf(token: string) {
  const { acr, amr, auth_time, mfa_time } = readJws(token).payload;
  return { acr, amr, auth_time, mfa_time };
}

/** Roles or status of a person are changed, as an administrator would. */
async function changeRights(app: TestApp, person: Person, change: Parameters<Accounts['changeRights']>[2]) {
  const userId = readJws(person.accessToken).payload['sub'] as string;
  await app.nest.get(DataSource).transaction(async (tx) => {
    const version = await app.nest.get(Accounts, { strict: false }).changeRights(tx, userId, change);
    await app.nest.get(RevocationLog, { strict: false }).revokeUser(tx, userId, version!);
  });
  await app.nest.get(RevocationPoller, { strict: false }).catchUp();
}

describe('A refresh token', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off' } });
  });
  afterAll(() => app.close());

  describe('is rotated:', () => {
    it('each refresh gives another one, and an access token of the same session', async () => {
      const ada = await Person.signedIn(app);
      const { refreshToken: first, accessToken: before, sessionId } = ada;
      const { body, headers } = await ada.refresh().expect(200);
      expect(headers['cache-control']).toBe('no-store');
      expect(body).toEqual({
        status: 'authenticated',
        tokenType: 'Bearer',
        accessToken: expect.any(String),
        expiresIn: 300,
        refreshToken: expect.stringMatching(/^csr_[A-Za-z0-9_-]{78}$/),
        refreshExpiresIn: IDLE_END,
        session: {
          id: sessionId,
          acr: 'aal1',
          amr: ['pwd'],
          authTime: app.clock.now().toISOString(),
          mfaTime: null,
        },
      });
      expect(body.refreshToken).not.toBe(first);
      await ada.get('/v1/payouts/limits', body.accessToken as string).expect(200);
      await ada.get('/v1/payouts/limits', before).expect(200);
    });

    it('the one before gives the current one again, for 30 seconds', async () => {
      const ada = await Person.signedIn(app);
      const first = ada.refreshToken;
      const { refreshToken: second } = (await ada.refresh(first).expect(200)).body;
      for (const seconds of [0, 1, 29]) {
        app.clock.advance(seconds);
        const { body } = await ada.refresh(first).expect(200);
        expect(body.refreshToken).toBe(second);
        await ada.get('/v1/payouts/limits', body.accessToken as string).expect(200);
      }
      await ada.refresh(second as string).expect(200);
    });

    it('the one before, later than that, ends the session and its access tokens', async () => {
      const ada = await Person.signedIn(app);
      const first = ada.refreshToken;
      ada.take((await ada.refresh(first).expect(200)).body);
      app.clock.advance(31);
      await refused(ada.refresh(first), 401, 'invalid_refresh_token');
      await refused(ada.refresh(), 401, 'invalid_refresh_token');
      await refused(ada.get('/v1/payouts/limits', ada.accessToken), 401, 'token_invalid');
    });

    it('one older than that ends the session at once', async () => {
      const ada = await Person.signedIn(app);
      const first = ada.refreshToken;
      for (let times = 0; times < 2; times++) ada.take((await ada.refresh().expect(200)).body);
      await refused(ada.refresh(first), 401, 'invalid_refresh_token');
      await refused(ada.refresh(), 401, 'invalid_refresh_token');
      await refused(ada.get('/v1/payouts/limits', ada.accessToken), 401, 'token_invalid');
    });

    it('its end leaves the other sessions of the account alone', async () => {
      const ada = await Person.signedIn(app);
      const elsewhere = ada.elsewhere();
      await elsewhere.login();
      const first = ada.refreshToken;
      for (let times = 0; times < 2; times++) ada.take((await ada.refresh().expect(200)).body);
      await refused(ada.refresh(first), 401, 'invalid_refresh_token');
      await elsewhere.get('/v1/payouts/limits', elsewhere.accessToken).expect(200);
      await elsewhere.refresh().expect(200);
    });

    it('the one a second factor superseded is refused, and the session lives', async () => {
      const ada = await Person.withApp(app);
      const before = ada.refreshToken;
      const challenge = await ada.challenge(ada.accessToken);
      ada.take((await ada.verify(challenge, ada.authenticator.code(), ada.accessToken).expect(200)).body);
      await refused(ada.refresh(before), 401, 'invalid_refresh_token');
      await ada.get('/v1/payouts', ada.accessToken).expect(200);
      ada.take((await ada.refresh().expect(200)).body);
      await refused(ada.refresh(before), 401, 'invalid_refresh_token');
      await ada.refresh().expect(200);
    });

    it('so is the one before that, when a second tab was only late', async () => {
      const ada = await Person.withApp(app);
      const late = ada.refreshToken;
      ada.take((await ada.refresh().expect(200)).body);
      const challenge = await ada.challenge(ada.accessToken);
      ada.take((await ada.verify(challenge, ada.authenticator.code(), ada.accessToken).expect(200)).body);
      await refused(ada.refresh(late), 401, 'invalid_refresh_token');
      ada.take((await ada.refresh().expect(200)).body);
      await ada.get('/v1/payouts', ada.accessToken).expect(200);
      await refused(ada.refresh(late), 401, 'invalid_refresh_token');
      await refused(ada.get('/v1/payouts', ada.accessToken), 401, 'token_invalid');
    });
  });

  it('looks the same whatever it was refused for', async () => {
    const ada = await Person.signedIn(app);
    const bob = await Person.signedIn(app);
    const cut = Buffer.from(ada.refreshToken.slice(4), 'base64url');
    const changed = (byte: number) => {
      const bytes = Buffer.from(cut);
      bytes[byte]! ^= 1;
      return `csr_${bytes.toString('base64url')}`;
    };
    const foreign = Buffer.from(cut);
    Buffer.from(bob.refreshToken.slice(4), 'base64url').copy(foreign, 4, 4, 20);

    const revoked = await Person.signedIn(app);
    await revoked.post('/v1/auth/logout', { refreshToken: revoked.refreshToken }).expect(204);
    const disabled = await Person.signedIn(app);
    await changeRights(app, disabled, { status: 'disabled' });
    const reused = await Person.signedIn(app);
    const first = reused.refreshToken;
    for (let times = 0; times < 2; times++) reused.take((await reused.refresh().expect(200)).body);
    const superseded = await Person.signedIn(app);
    const { refreshToken } = superseded;
    await superseded.reauthenticate().expect(200);

    const tokens = {
      empty: '',
      nonsense: 'csr_nonsense',
      'without its prefix': ada.refreshToken.slice(4),
      'in padded base64': `csr_${cut.toString('base64')}==`,
      'with a space': `${ada.refreshToken} `,
      'of an unknown key': changed(0),
      'of another session': `csr_${foreign.toString('base64url')}`,
      'of another counter': changed(25),
      'with another MAC': changed(57),
      revoked: revoked.refreshToken,
      'of a disabled account': disabled.refreshToken,
      reused: first,
      superseded: refreshToken,
    };
    /** Everything of the answer but what is another one each time. */
    const answerTo = async (token: string) => {
      const { text, body, headers } = await refused(ada.refresh(token), 401, 'invalid_refresh_token');
      return { text: text.replace(body.requestId as string, ''), headers: { ...headers, date: '' } };
    };
    const answers = new Map<string, unknown>();
    for (const [kind, token] of Object.entries(tokens)) answers.set(kind, await answerTo(token));
    app.clock.advance(IDLE_END);
    const expired = await answerTo(ada.refreshToken);
    for (const [kind, answer] of answers) expect({ kind, ...(answer as object) }).toEqual({ kind, ...expired });
    await refused(ada.refresh('A'.repeat(513)), 400, 'validation_failed');
    await refused(ada.post('/v1/auth/refresh'), 400, 'validation_failed');
    await refused(ada.get('/v1/payouts/limits', bob.refreshToken), 401, 'token_invalid');
  });

  describe('ends', () => {
    it('after a week without use', async () => {
      const ada = await Person.signedIn(app);
      app.clock.advance(IDLE_END - 1);
      ada.take((await ada.refresh().expect(200)).body);
      app.clock.advance(IDLE_END);
      await refused(ada.refresh(), 401, 'invalid_refresh_token');
    });

    it('thirty days after the sign-in, however much it is used', async () => {
      const ada = await Person.signedIn(app);
      for (let days = 5; days <= 25; days += 5) {
        app.clock.advance(5 * DAY);
        ada.take((await ada.refresh().expect(200)).body);
      }
      app.clock.advance(ABSOLUTE_END - 25 * DAY - 10);
      const { body } = await ada.refresh().expect(200);
      expect(body.refreshExpiresIn).toBe(10);
      ada.take(body);
      app.clock.advance(10);
      await refused(ada.refresh(), 401, 'invalid_refresh_token');
      // Its last access token lives on for a moment, but makes nothing new.
      await refused(ada.reauthenticate(), 401, 'token_invalid');
    });

    it('when the account is disabled, with all its access tokens', async () => {
      const ada = await Person.signedIn(app);
      await changeRights(app, ada, { status: 'disabled' });
      await refused(ada.get('/v1/payouts/limits', ada.accessToken), 401, 'token_invalid');
      await refused(ada.refresh(), 401, 'invalid_refresh_token');
      const { username: identifier, password } = ada;
      await refused(ada.post('/v1/auth/login', { identifier, password }), 401, 'invalid_credentials');
      await changeRights(app, ada, { status: 'active' });
      await refused(ada.refresh(), 401, 'invalid_refresh_token');
    });

    it('for the oldest of too many sessions, but never because of half sign-ins', async () => {
      const ada = await Person.withApp(app);
      const elsewhere = ada.elsewhere();
      await elsewhere.loginWithApp();
      const eve = ada.elsewhere();
      await eve.login();
      const { mfaToken: oldest } = eve;
      for (let times = 0; times < 100; times++) await eve.login();
      await ada.refresh().expect(200);
      await elsewhere.refresh().expect(200);
      await refused(eve.get('/v1/mfa/factors', oldest), 401, 'token_invalid');
      await eve.get('/v1/mfa/factors', eve.mfaToken).expect(200);
    });
  });

  describe('and the assurance of its session', () => {
    it('do not touch each other: acr, amr, auth_time and mfa_time stay as they were', async () => {
      const ada = await Person.withApp(app);
      const before = assuranceOf(ada.accessToken);
      for (let times = 0; times < 3; times++) {
        app.clock.advance(1000);
        ada.take((await ada.refresh().expect(200)).body);
        expect(assuranceOf(ada.accessToken)).toEqual(before);
      }
      expect(before).toMatchObject({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] });
    });

    it('is lowered once the second factor is older than a day', async () => {
      const ada = await Person.withApp(app);
      app.clock.advance(-STEP);
      for (let hours = 1; hours <= 24; hours++) {
        app.clock.advance(3600);
        ada.take((await ada.refresh().expect(200)).body);
      }
      expect(assuranceOf(ada.accessToken).acr).toBe('aal2');
      const { auth_time } = assuranceOf(ada.accessToken);
      app.clock.advance(1);
      ada.take((await ada.refresh().expect(200)).body);
      expect(assuranceOf(ada.accessToken)).toEqual({ acr: 'aal1', amr: ['pwd'], auth_time, mfa_time: undefined });
      await refused(ada.get('/v1/payouts', ada.accessToken), 401, 'mfa_required');
    });

    it('is lowered once the session was idle for more than an hour, and rises by no further refresh', async () => {
      const ada = await Person.withApp(app);
      ada.take((await ada.refresh().expect(200)).body);
      app.clock.advance(3600);
      ada.take((await ada.refresh().expect(200)).body);
      expect(assuranceOf(ada.accessToken).acr).toBe('aal2');
      app.clock.advance(3601);
      const before = ada.refreshToken;
      for (const token of [before, before]) {
        ada.take((await ada.refresh(token).expect(200)).body);
        expect(assuranceOf(ada.accessToken)).toMatchObject({ acr: 'aal1', amr: ['pwd'] });
      }
      for (let times = 0; times < 3; times++) {
        app.clock.advance(60);
        ada.take((await ada.refresh().expect(200)).body);
        expect(assuranceOf(ada.accessToken)).toMatchObject({ acr: 'aal1', amr: ['pwd'] });
      }
    });

    it('rises by a second factor, in the very second in which it was lowered', async () => {
      const ada = await Person.withApp(app);
      app.clock.advance(3601);
      ada.take((await ada.refresh().expect(200)).body);
      expect(assuranceOf(ada.accessToken).acr).toBe('aal1');
      const challenge = await ada.challenge(ada.accessToken);
      const { body } = await ada.verify(challenge, ada.authenticator.code(), ada.accessToken).expect(200);
      expect(body).toMatchObject({ status: 'authenticated', session: { acr: 'aal2' } });
      ada.take(body);
      app.clock.advance(60);
      expect((await ada.refresh().expect(200)).body.session.acr).toBe('aal2');
    });

    it('is never merely lowered for a role that demands a second factor', async () => {
      const ada = await Person.withApp(app);
      await changeRights(app, ada, { roles: ['auditor'] });
      await refused(ada.get('/v1/payouts/limits', ada.accessToken), 401, 'token_invalid');
      ada.take((await ada.refresh().expect(200)).body);
      expect(readJws(ada.accessToken).payload).toMatchObject({ roles: ['auditor'], acr: 'aal2' });
      app.clock.advance(3601);
      const { body } = await ada.refresh().expect(200);
      expect(body).toMatchObject({ status: 'mfa_required', reason: 'idle' });
    });
  });

  describe('that is answered with mfa_required', () => {
    async function idleAuditor(): Promise<Person> {
      const person = await Person.withApp(app);
      await changeRights(app, person, { roles: ['auditor'] });
      person.take((await person.refresh().expect(200)).body);
      app.clock.advance(3601);
      return person;
    }

    it('is not used up: each time it gives a new MFA token', async () => {
      const ada = await idleAuditor();
      const tokens: string[] = [];
      for (const seconds of [0, 31, 400, 3601]) {
        app.clock.advance(seconds);
        const { body } = await ada.refresh().expect(200);
        expect(body).toMatchObject({ status: 'mfa_required', reason: 'idle', factors: [{ type: 'totp' }, {}] });
        expect(body).not.toHaveProperty('accessToken');
        tokens.push(body.mfaToken as string);
      }
      expect(new Set(tokens).size).toBe(4);
      const newest = tokens.at(-1)!;
      const { body } = await ada.verify(await ada.challenge(newest), ada.authenticator.code(), newest).expect(200);
      expect(body).toMatchObject({ status: 'authenticated', session: { id: ada.sessionId, acr: 'aal2' } });
      await refused(ada.refresh(), 401, 'invalid_refresh_token'); // superseded
      ada.take(body);
      await ada.refresh().expect(200);
    });

    it('moves no clock of the session', async () => {
      const ada = await idleAuditor();
      app.clock.advance(IDLE_END - 3602);
      expect((await ada.refresh().expect(200)).body.status).toBe('mfa_required');
      app.clock.advance(1);
      await refused(ada.refresh(), 401, 'invalid_refresh_token');
    });

    it('leaves no other way to a token than the second factor', async () => {
      const ada = await idleAuditor();
      await ada.refresh().expect(200);
      await changeRights(app, ada, { roles: ['user'] });
      const { body } = await ada.refresh().expect(200);
      expect(body).toMatchObject({ status: 'mfa_required', reason: 'idle' });
    });

    it('is not answered by a factor that is only just added', async () => {
      const ada = await Person.withApp(app);
      const begun = await ada.post('/v1/mfa/factors', { type: 'totp' }, ada.accessToken).expect(201);
      const sessions = app.nest.get(SessionStore, { strict: false });
      await app.nest.get(DataSource).transaction(async (tx) => {
        await sessions.demandStepUp(tx, (await sessions.find(tx, ada.sessionId))!, 'policy');
      });
      const other = new Authenticator(begun.body.enrollment.secret as string, app.clock);
      const path = `/v1/mfa/factors/${begun.body.factor.id as string}/activate`;
      await refused(ada.post(path, { code: other.code() }, ada.accessToken), 401, 'mfa_required');
      await refused(ada.post('/v1/mfa/factors', { type: 'totp' }, ada.accessToken), 401, 'mfa_required');
      expect((await ada.refresh().expect(200)).body).toMatchObject({ status: 'mfa_required', reason: 'policy' });
      const { body } = await ada.get('/v1/mfa/factors', ada.accessToken).expect(200);
      expect(
        body.items.filter(({ type, status }: Record<string, unknown>) => type === 'totp' && status === 'active'),
      ).toHaveLength(1);
    });

    it('ends the session where the account has no factor left to show', async () => {
      const ada = await Person.signedIn(app);
      const sessions = app.nest.get(SessionStore, { strict: false });
      await app.nest.get(DataSource).transaction(async (tx) => {
        const session = await sessions.find(tx, ada.sessionId);
        expect(await sessions.demandStepUp(tx, session!, 'policy')).toBe(true);
      });
      await refused(ada.refresh(), 401, 'invalid_refresh_token');
      await refused(ada.get('/v1/payouts/limits', ada.accessToken), 401, 'token_invalid');
    });
  });

  describe('and the password again', () => {
    it('moves auth_time where the account has no factor, and voids the refresh token of before', async () => {
      const ada = await Person.signedIn(app);
      const { refreshToken: before, accessToken: old } = ada;
      app.clock.advance(100);
      const { body } = await ada.reauthenticate().expect(200);
      expect(body).toMatchObject({ status: 'authenticated', session: { id: ada.sessionId, acr: 'aal1' } });
      ada.take(body);
      expect(assuranceOf(ada.accessToken).auth_time).toBe(app.clock.nowInSeconds());
      expect(assuranceOf(old).auth_time).toBe(app.clock.nowInSeconds() - 100);
      await ada.get('/v1/payouts/limits', old).expect(200);
      await refused(ada.refresh(before), 401, 'invalid_refresh_token');
      await ada.refresh().expect(200);
    });

    it('moves nothing where the account has a factor: that one is asked for', async () => {
      const ada = await Person.withApp(app);
      const before = assuranceOf(ada.accessToken);
      const { body } = await ada.reauthenticate().expect(200);
      expect(body).toMatchObject({ status: 'mfa_required', reason: 'login' });
      ada.take((await ada.refresh().expect(200)).body);
      expect(assuranceOf(ada.accessToken)).toEqual(before);
      const token = body.mfaToken as string;
      ada.take((await ada.verify(await ada.challenge(token), ada.authenticator.code(), token).expect(200)).body);
      const now = app.clock.nowInSeconds();
      expect(assuranceOf(ada.accessToken)).toMatchObject({ auth_time: now, mfa_time: now });
    });

    it('gives an MFA token that verifies the factor, in this session, and enrolls none', async () => {
      const ada = await Person.withApp(app);
      const { sessionId, refreshToken: before } = ada;
      const { body } = await ada.reauthenticate().expect(200);
      expect(Object.keys(body as object).sort()).toEqual(['expiresIn', 'factors', 'mfaToken', 'reason', 'status']);
      const token = body.mfaToken as string;
      expect(readJws(token).payload).toMatchObject({ purpose: 'verify', sid: sessionId });
      await refused(ada.post('/v1/mfa/factors', { type: 'totp' }, token), 403, 'forbidden');
      ada.take((await ada.verify(await ada.challenge(token), ada.authenticator.code(), token).expect(200)).body);
      expect(ada.sessionId).toBe(sessionId);
      await refused(ada.refresh(before), 401, 'invalid_refresh_token');
      await ada.refresh().expect(200);
    });

    it('is recorded, right or wrong, with the session and the address', async () => {
      const ada = await Person.signedIn(app);
      await refused(
        ada.post('/v1/auth/reauthenticate', { password: 'wrong' }, ada.accessToken),
        401,
        'invalid_credentials',
      );
      await ada.reauthenticate().expect(200);
      const events = await app.nest.get(DataSource).manager.find(AuditEventEntity, {
        where: { type: 'session.reauthenticated', sessionId: ada.sessionId },
        order: { id: 'ASC' },
      });
      const actorId = readJws(ada.accessToken).payload['sub'];
      expect(events).toEqual([
        expect.objectContaining({ outcome: 'failure', actorId, ip: '127.0.0.1' }),
        expect.objectContaining({ outcome: 'success', actorId, ip: '127.0.0.1' }),
      ]);
      expect(JSON.stringify(events)).not.toContain('wrong');
    });

    it('again and again, answers lost: the token of before is refused, and ends nothing', async () => {
      const ada = await Person.signedIn(app);
      const { refreshToken: before } = ada;
      const lost: string[] = [];
      for (let times = 0; times < 3; times++)
        lost.push((await ada.reauthenticate().expect(200)).body.refreshToken as string);
      app.clock.advance(60);
      const newest = lost.pop()!;
      for (const token of [before, ...lost]) await refused(ada.refresh(token), 401, 'invalid_refresh_token');
      await ada.refresh(newest).expect(200);
    });

    it('does nothing when it is wrong', async () => {
      const ada = await Person.signedIn(app);
      const wrong = ada.post('/v1/auth/reauthenticate', { password: 'not the one' }, ada.accessToken);
      await refused(wrong, 401, 'invalid_credentials');
      await ada.refresh().expect(200);
    });
  });
});

describe('A refresh token where a stale second factor is challenged', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off', MFA_WHEN_STALE: 'challenge' } });
  });
  afterAll(() => app.close());

  it('asks for it again after an idle hour, and after a day', async () => {
    const ada = await Person.withApp(app);
    app.clock.advance(3601);
    const idle = (await ada.refresh().expect(200)).body;
    expect(idle).toMatchObject({ status: 'mfa_required', reason: 'idle' });
    const token = idle.mfaToken as string;
    ada.take((await ada.verify(await ada.challenge(token), ada.authenticator.code(), token).expect(200)).body);
    for (let hours = 1; hours <= 24; hours++) {
      app.clock.advance(3600);
      ada.take((await ada.refresh().expect(200)).body);
    }
    app.clock.advance(1);
    expect((await ada.refresh().expect(200)).body).toMatchObject({ status: 'mfa_required', reason: 'mfa_expired' });
  });

  it('counts what is verified then, and nothing that was verified before', async () => {
    const ada = await Person.withApp(app);
    expect(assuranceOf(ada.accessToken).amr).toEqual(['pwd', 'otp', 'mfa']);
    app.clock.advance(3601);
    const { body } = await ada.refresh().expect(200);
    expect(body).toMatchObject({ status: 'mfa_required', reason: 'idle' });
    const factors = body.factors as { id: string; type: string }[];
    const { id } = factors.find(({ type }) => type === 'recovery_code')!;
    const token = body.mfaToken as string;
    const challenge = await ada.challenge(token, id);
    ada.take((await ada.verify(challenge, ada.recoveryCodes[0]!, token).expect(200)).body);
    const now = app.clock.nowInSeconds();
    const expected = { acr: 'aal2', amr: ['pwd', 'recovery_code', 'mfa'], auth_time: now, mfa_time: now };
    expect(assuranceOf(ada.accessToken)).toEqual(expected);
    ada.take((await ada.refresh().expect(200)).body);
    expect(assuranceOf(ada.accessToken)).toEqual(expected);
  });

  it('asks nothing of an account without a factor', async () => {
    const ada = await Person.signedIn(app);
    app.clock.advance(DAY);
    expect((await ada.refresh().expect(200)).body.session.acr).toBe('aal1');
  });
});
