import { DataSource } from 'typeorm';
import { Accounts } from '../../src/users/accounts/accounts.store';
import { readJws } from '../support/jws';
import { auditOf, messagesTo } from '../support/password-recovery';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(120_000);

const NEW_PASSWORD = 'punched cards hold flowers';

describe('PUT /v1/users/me/password', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off' } });
  });
  afterAll(() => app.close());

  const change = (person: Person, body: object = {}, token = person.accessToken) =>
    person.put(
      '/v1/users/me/password',
      { currentPassword: person.password, newPassword: NEW_PASSWORD, ...body },
      token,
    );

  const loginWith = (person: Person, password: string) =>
    person.post('/v1/auth/login', { identifier: person.username, password });

  it('takes the new password from then on, and the old one no more', async () => {
    const ada = await Person.signedIn(app);
    const { text } = await change(ada).expect(204);
    expect(text).toBe('');
    await refused(loginWith(ada, ada.password), 401, 'invalid_credentials');
    await loginWith(ada, NEW_PASSWORD).expect(200);
  });

  it('ends every other session and its tokens; the acting one goes on with both of its own', async () => {
    const ada = await Person.signedIn(app);
    const others = [ada.elsewhere(), ada.elsewhere()];
    for (const other of others) await other.login();
    await change(ada).expect(204);
    for (const other of others) {
      await refused(other.get('/v1/users/me', other.accessToken), 401, 'token_invalid');
      await refused(other.refresh(), 401, 'invalid_refresh_token');
    }
    await ada.get('/v1/users/me', ada.accessToken).expect(200);
    const { body } = await ada.refresh().expect(200);
    expect(body.session.id).toBe(ada.sessionId);
    const versions = [ada.accessToken, body.accessToken as string].map((token) => readJws(token).payload['ver']);
    expect(versions).toEqual([1, 2]);
    // What outdates tokens later outdates that one as well.
    await ada.get('/v1/users/me', body.accessToken as string).expect(200);
  });

  it('ends a half sign-in with the old password', async () => {
    const ada = await Person.withApp(app);
    const half = ada.elsewhere();
    await half.login();
    await change(ada).expect(204);
    await refused(half.post('/v1/mfa/challenges', {}, half.mfaToken), 401, 'token_invalid');
  });

  it('tells the owner, and the audit log, without either password', async () => {
    const ada = await Person.withEmail(app);
    await refused(change(ada, { currentPassword: 'a wrong password of mine' }), 401, 'invalid_credentials');
    await change(ada).expect(204);
    const [notice] = await messagesTo(ada, ada.email);
    expect(notice).toMatchObject({ to: ada.email, subject: 'Countersign: your password was changed' });
    const events = (await auditOf(app, 'account.password_changed')).slice(-2);
    expect(events.map(({ outcome }) => outcome)).toEqual(['failure', 'success']);
    expect(events[1]!.actorId).toBe(readJws(ada.accessToken).payload['sub']);
    for (const secret of ['a wrong password of mine', ada.password, NEW_PASSWORD]) {
      expect(JSON.stringify(events)).not.toContain(secret);
      expect(app.log.join('')).not.toContain(secret);
    }
  });

  it('refuses a wrong current password as invalid_credentials, which no client answers by a refresh', async () => {
    const ada = await Person.signedIn(app);
    for (const currentPassword of ['', `${ada.password} `, NEW_PASSWORD]) {
      await refused(change(ada, { currentPassword }), 401, 'invalid_credentials');
    }
    await ada.get('/v1/users/me', ada.accessToken).expect(200);
    await loginWith(ada, ada.password).expect(200);
  });

  it('allows five wrong ones in a row, confirmations included: then the session is over', async () => {
    const ada = await Person.signedIn(app);
    const wrong = () => change(ada, { currentPassword: 'a wrong password' });
    const confirm = () => ada.post('/v1/auth/reauthenticate', { password: 'a wrong password' }, ada.accessToken);
    for (const guess of [wrong, confirm, wrong, confirm]) await refused(guess(), 401, 'invalid_credentials');
    // The right one begins the count anew.
    ada.take((await ada.reauthenticate().expect(200)).body);
    for (const guess of [confirm, wrong, confirm, wrong]) await refused(guess(), 401, 'invalid_credentials');
    await ada.get('/v1/users/me', ada.accessToken).expect(200);
    await refused(wrong(), 401, 'invalid_credentials');
    await refused(change(ada), 401, 'token_invalid');
    await refused(ada.refresh(), 401, 'invalid_refresh_token');
    // The account is not locked by it.
    await loginWith(ada, ada.password).expect(200);
  });

  it.each([
    ['too_short', () => 'kR4!vbq'],
    ['too_long', () => 'ab'.repeat(128) + 'c'],
    ['common', () => 'Password123'],
    ['contains_identity', ({ username }: Person) => `${username}!1`],
  ])('refuses a password as %s by the rules of registration, and changes nothing', async (reason, passwordOf) => {
    const ada = await Person.signedIn(app);
    const { body } = await refused(change(ada, { newPassword: passwordOf(ada) }), 400, 'password_rejected');
    expect(body.errors).toEqual([{ path: 'newPassword', code: reason, message: expect.any(String) }]);
    await loginWith(ada, ada.password).expect(200);
  });

  it('asks an account with a second factor for it, verified within ten minutes', async () => {
    const ada = await Person.withApp(app);
    app.clock.advance(600 - 30);
    ada.take((await ada.refresh().expect(200)).body);
    await refused(change(ada, { currentPassword: 'a wrong password' }), 401, 'invalid_credentials');
    app.clock.advance(1);
    const { body } = await refused(change(ada), 401, 'mfa_stale');
    expect(body.required).toEqual({ acr: 'aal2', maxAge: 600 });
    await loginWith(ada, ada.password).expect(200);
  });

  it('asks for it by what the account has now, not by what an older token says, and tries no password before', async () => {
    const ada = await Person.signedIn(app);
    const older = ada.elsewhere();
    await older.login();
    await ada.enroll();
    await ada.activate();
    for (let guess = 0; guess < 6; guess++) await refused(change(older), 401, 'mfa_required');
    await older.get('/v1/users/me', older.accessToken).expect(200);
    await loginWith(ada, ada.password).expect(200);
  });

  it('asks an account without a second factor for the password alone, however old its sign-in is', async () => {
    const ada = await Person.signedIn(app);
    app.clock.advance(3000);
    ada.take((await ada.refresh().expect(200)).body);
    app.clock.advance(3000);
    ada.take((await ada.refresh().expect(200)).body);
    await change(ada).expect(204);
  });

  it('is for access tokens of live sessions only', async () => {
    const ada = await Person.withApp(app);
    const half = ada.elsewhere();
    await half.login();
    await refused(change(ada, {}, ''), 401, 'token_missing');
    await refused(change(ada, {}, half.mfaToken), 401, 'token_invalid');
    await ada.post('/v1/auth/logout', {}, ada.accessToken).expect(204);
    await refused(change(ada), 401, 'token_invalid');
    await half.verify(await half.challenge(), ada.authenticator.code()).expect(200);
  });

  it('answers not_found once the account is gone and its token lives on', async () => {
    const ada = await Person.signedIn(app);
    const id = await app.nest.get(Accounts, { strict: false }).findIdByIdentifier(ada.username);
    await app.nest.get(DataSource).getRepository('UserEntity').delete({ id });
    await refused(change(ada), 404, 'not_found');
  });

  it.each([
    ['no current password', { currentPassword: undefined }],
    ['no new password', { newPassword: undefined }],
    ['a new one that is no text', { newPassword: '\ud800'.padEnd(12, 'x') }],
    ['a new one of 3,000 characters', { newPassword: 'ab'.repeat(1500) }],
    ['an unknown field', { logoutOthers: false }],
  ])('refuses %s', async (_, body) => {
    await refused(change(await Person.signedIn(app), body), 400, 'validation_failed');
  });
});
