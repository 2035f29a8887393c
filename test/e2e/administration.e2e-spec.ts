import { DataSource } from 'typeorm';
import { Authenticator } from '../support/authenticator';
import { readJws } from '../support/jws';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { grant, makeRole, member, messagesTo, verifyAddress } from '../support/staff';
import { startTestApp, type TestApp } from '../support/test-app';

const KEYS = [
  ...['createdAt', 'displayName', 'email', 'emailVerified', 'factors', 'id', 'lastLoginAt', 'locale', 'lockedUntil'],
  ...['mfaEnrolled', 'phone', 'phoneVerified', 'roles', 'status', 'username'],
];
const PASSWORD = 'frequencies hop like a piano';
const EVENT_KEYS = ['actorId', 'at', 'details', 'id', 'ip', 'outcome', 'sessionId', 'subjectId', 'type'];

describe('Administration of accounts', () => {
  let app: TestApp;
  let admin: Person;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off', ACCESS_TOKEN_TTL: '3000' } });
    admin = await member(app, 'admin');
  });
  afterAll(() => app.close());
  beforeEach(() => admin.stepUp());

  const seen = async (id: string) => (await admin.get(`/v1/admin/users/${id}`, admin.accessToken).expect(200)).body;
  const act = (id: string, what: string) => admin.post(`/v1/admin/users/${id}/${what}`, {}, admin.accessToken);
  const change = (id: string, body: object) => admin.patch(`/v1/admin/users/${id}`, body, admin.accessToken);
  /** What somebody does who has a link to choose a password, and nothing else. */
  const choose = (token: string | undefined, newPassword: string) =>
    new Person(app).post('/v1/auth/password/reset', { token, newPassword });
  /** The latest event of a type, as the log has it. */
  async function lastEvent(type: string, by = admin) {
    const { body } = await admin.get(`/v1/admin/audit-events?type=${type}&actor=${by.id}`, admin.accessToken);
    return body.items[0] as Record<string, unknown>;
  }

  describe('shows an account', () => {
    it('with exactly these fields, and none of a secret', async () => {
      const ada = await Person.withApp(app);
      const body = await seen(ada.id);
      expect(Object.keys(body as object).sort()).toEqual(KEYS);
      expect(body).toMatchObject({ username: ada.username, status: 'active', roles: ['user'], mfaEnrolled: true });
      expect(body.factors.map(({ type }: { type: string }) => type).sort()).toEqual(['recovery_code', 'totp']);
      expect(Object.keys(body.factors[0] as object).sort()).toEqual(
        ['acr', 'createdAt', 'hint', 'id', 'lastUsedAt', 'name', 'preferred', 'status', 'type'].sort(),
      );
      const { body: page } = await admin.get('/v1/admin/users?limit=1', admin.accessToken).expect(200);
      expect(Object.keys(page as object).sort()).toEqual(['items', 'nextCursor']);
      expect(page.items).toEqual([body]);
    });

    it('with the time of the last sign-in that was completed; a refresh or half a sign-in is none', async () => {
      const ada = await Person.registered(app);
      const find = async () => (await admin.get(`/v1/admin/users?search=${ada.username}`, admin.accessToken)).body;
      expect((await find()).items[0]).toMatchObject({ username: ada.username, lastLoginAt: null });
      await ada.login();
      const signedInAt = app.clock.now().toISOString();
      expect((await seen(ada.id)).lastLoginAt).toBe(signedInAt);
      app.clock.advance(60);
      ada.take((await ada.refresh().expect(200)).body);
      ada.take((await ada.reauthenticate().expect(200)).body);
      await ada.enroll();
      await ada.activate();
      app.clock.advance(30);
      const { id } = ada;
      await ada.login(); // half a sign-in
      expect((await seen(id)).lastLoginAt).toBe(signedInAt);
      await ada.verify(await ada.challenge(), ada.authenticator.code()).expect(200);
      expect((await seen(id)).lastLoginAt).toBe(app.clock.now().toISOString());
    });

    it('404 for one that there is not', async () => {
      for (const id of ['019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11', 'me', '1', '%00']) {
        await refused(admin.get(`/v1/admin/users/${id}`, admin.accessToken), 404, 'not_found');
      }
    });
  });

  describe('looks for accounts', () => {
    const search = async (query: string) => {
      const { body } = await admin.get(`/v1/admin/users?${query}`, admin.accessToken).expect(200);
      return body as { items: { username: string; id: string }[]; nextCursor: string | null };
    };
    const named = async (text: string) =>
      (await search(`search=${encodeURIComponent(text)}`)).items.map(({ username }) => username).sort();

    it('by a part of the username or of an address, in any case, and takes nothing for a wildcard', async () => {
      const people = [
        { username: 'Marie.Curie', email: 'Marie@Radium.example' },
        { username: 'pierre_curie', phone: '+33123456789' },
        { username: 'lise-meitner', email: 'lise%m@example.com' },
      ];
      for (const person of people) {
        await admin.post('/v1/auth/register', { ...person, password: 'a loom that weaves algebra' }).expect(201);
      }
      expect(await named('CURIE')).toEqual(['Marie.Curie', 'pierre_curie']);
      expect(await named('radium.')).toEqual(['Marie.Curie']);
      expect(await named('marie@radium.example')).toEqual(['Marie.Curie']);
      expect(await named('+3312345')).toEqual(['pierre_curie']);
      expect(await named('e_c')).toEqual(['pierre_curie']);
      expect(await named('%')).toEqual(['lise-meitner']);
      expect(await named('\\')).toEqual([]);
      expect(await named("' OR 1=1 --")).toEqual([]);
    });

    it('page by page, newest first, each once', async () => {
      const all = await search('limit=200');
      expect(all.nextCursor).toBeNull();
      const ids = all.items.map(({ id }) => id);
      expect(ids).toEqual(ids.toSorted().reverse());
      const paged: string[] = [];
      for (let query = 'limit=2'; ;) {
        const { items, nextCursor } = await search(query);
        expect(items.length).toBeLessThanOrEqual(2);
        paged.push(...items.map(({ id }) => id));
        if (nextCursor === null) break;
        query = `limit=2&cursor=${nextCursor}`;
      }
      expect(paged).toEqual(ids);
    });

    it('refuses queries that it does not know', async () => {
      for (const query of ['search=', 'limit=0', 'limit=201', 'cursor=bm9uZQ', 'role=admin', 'search[a]=b']) {
        await refused(admin.get(`/v1/admin/users?${query}`, admin.accessToken), 400, 'validation_failed');
      }
    });
  });

  describe('makes an account', () => {
    const create = (body: object) => admin.post('/v1/admin/users', body, admin.accessToken);

    it('without a password: a link to choose one goes to the address, and to nobody else', async () => {
      const email = 'grace@example.com';
      const { body } = await create({ username: 'grace.hopper', email }).expect(201);
      expect(Object.keys(body as object).sort()).toEqual(KEYS);
      expect(body).toMatchObject({
        ...{ username: 'grace.hopper', email, emailVerified: false, roles: ['user'], status: 'active' },
        ...{ mfaEnrolled: false, factors: [], lastLoginAt: null, lockedUntil: null },
      });
      const [message, ...others] = await messagesTo(app, email);
      expect(others).toEqual([]);
      const { token } = message!.data;
      expect(message!.text).toContain(`/account#reset-password=${token}`);
      expect(JSON.stringify(body)).not.toContain(token);
      for (const password of ['', 'grace.hopper', token]) {
        const login = admin.post('/v1/auth/login', { identifier: 'grace.hopper', password });
        await refused(login, 401, 'invalid_credentials');
      }
      expect(await lastEvent('account.created')).toMatchObject({
        ...{ outcome: 'success', actorId: admin.id, subjectId: body.id },
        ...{ sessionId: admin.sessionId, details: { roles: ['user'] } },
      });
      expect(JSON.stringify(await lastEvent('account.created'))).not.toContain(token);
    });

    it('whose owner chooses the password by the link, once, which shows that the address is theirs', async () => {
      const email = 'Hedy@example.com';
      const { id } = (await create({ username: 'hedy.lamarr', email }).expect(201)).body as { id: string };
      const { token } = (await messagesTo(app, email))[0]!.data;
      await refused(choose(token, 'hedy.lamarr'), 400, 'password_rejected');
      await refused(choose(`${token}x`, PASSWORD), 400, 'invalid_token');
      const answers = await Promise.all([choose(token, PASSWORD), choose(token, PASSWORD), choose(token, PASSWORD)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 400, 400]);
      await refused(choose(token, 'punched cards hold flowers'), 400, 'invalid_token');
      for (const identifier of ['hedy.lamarr', 'hedy@EXAMPLE.com']) {
        const { body } = await admin.post('/v1/auth/login', { identifier, password: PASSWORD }).expect(200);
        expect(readJws(body.accessToken as string).payload).toMatchObject({ sub: id, roles: ['user'], acr: 'aal1' });
      }
      expect(await seen(id)).toMatchObject({ email, emailVerified: true });
    });

    it('whose link is worth nothing once the account is disabled, gone, or the address is somebody else’s', async () => {
      const invite = async (username: string) => {
        const email = `${username}@worthless.example`;
        const { body } = await create({ username, email }).expect(201);
        return { id: body.id as string, email, token: (await messagesTo(app, email))[0]!.data.token };
      };
      const [disabled, gone, taken] = [await invite('dis.abled'), await invite('long.gone'), await invite('ta.ken')];
      await change(disabled.id, { status: 'disabled' }).expect(200);
      await admin.delete(`/v1/admin/users/${gone.id}`, admin.accessToken).expect(204);
      await verifyAddress(app, (await Person.signedIn(app)).id, taken.email);
      for (const { token } of [disabled, gone, taken]) await refused(choose(token, PASSWORD), 400, 'invalid_token');
      expect(await seen(taken.id)).toMatchObject({ emailVerified: false });
      const { body: late } = await create({ username: 'too.late', email: 'late@worthless.example' }).expect(201);
      const { token } = (await messagesTo(app, 'late@worthless.example'))[0]!.data;
      app.clock.advance(24 * 3600 + 1);
      await refused(choose(token, PASSWORD), 400, 'invalid_token');
      await admin.loginWithApp();
      expect(await seen(late.id as string)).toMatchObject({ emailVerified: false });
    });

    it.each([
      ['password', { password: 'a loom that weaves algebra' }],
      ['status', { status: 'active' }],
      ['emailVerified', { emailVerified: true }],
      ['id', { id: '019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11' }],
      ['permissions', { permissions: ['users:write'] }],
      ['tokenVersion', { tokenVersion: 99 }],
    ])('refuses the field %s', async (path, extra) => {
      const { body } = await refused(create({ username: 'mass.assigned', ...extra }), 400, 'validation_failed');
      expect(body.errors).toEqual([expect.objectContaining({ path, code: 'unknown_field' })]);
      const { body: found } = await admin.get('/v1/admin/users?search=mass.assigned', admin.accessToken);
      expect(found.items).toEqual([]);
    });

    it('refuses a name that is taken, roles that there are not, and roles that demand a factor', async () => {
      await create({ username: 'only.one', roles: [] }).expect(201);
      await refused(create({ username: 'ONLY.one' }), 409, 'username_taken');
      const unknown = await refused(create({ username: 'x.y', roles: ['user', 'jester'] }), 400, 'validation_failed');
      expect(unknown.body.errors).toEqual([expect.objectContaining({ path: 'roles.1', code: 'unknown_role' })]);
      await refused(create({ username: 'x.y', roles: ['user', 'user'] }), 400, 'validation_failed');
      await refused(create({ username: 'x.y', roles: 'admin' }), 400, 'validation_failed');
      for (const role of ['admin', 'auditor']) {
        await refused(create({ username: 'x.y', roles: [role] }), 409, 'mfa_not_enrolled');
      }
      expect(await lastEvent('account.created')).toMatchObject({
        outcome: 'failure',
        details: { roles: ['auditor'], cause: 'mfa_not_enrolled' },
      });
    });
  });

  describe('changes an account', () => {
    it('gives and takes roles: tokens from before are refused, the next have them', async () => {
      const ada = await Person.withApp(app);
      const { body } = await change(ada.id, { roles: ['user', 'auditor'] }).expect(200);
      expect(Object.keys(body as object).sort()).toEqual(KEYS);
      expect(body.roles).toEqual(['user', 'auditor']);
      await refused(ada.get('/v1/users/me', ada.accessToken), 401, 'token_invalid');
      ada.take((await ada.refresh().expect(200)).body);
      expect(readJws(ada.accessToken).payload).toMatchObject({
        roles: ['user', 'auditor'],
        permissions: ['audit:read', 'users:read'],
      });
      await ada.get('/v1/admin/users', ada.accessToken).expect(200);
      const auditors = ada.accessToken;
      await change(ada.id, { roles: ['user'] }).expect(200);
      await refused(ada.get('/v1/admin/users', auditors), 401, 'token_invalid');
      ada.take((await ada.refresh().expect(200)).body);
      await refused(ada.get('/v1/admin/users', ada.accessToken), 403, 'forbidden');
      expect(await lastEvent('account.rights_changed')).toMatchObject({
        outcome: 'success',
        subjectId: ada.id,
        details: { roles: ['user'] },
      });
    });

    it('leaves tokens alone where nothing changes', async () => {
      const ada = await Person.signedIn(app);
      for (const body of [{}, { roles: ['user'] }, { status: 'active' }, { roles: ['user'], status: 'active' }]) {
        await change(ada.id, body).expect(200);
      }
      await ada.get('/v1/users/me', ada.accessToken).expect(200);
    });

    it('disables: no token and no session works any more, and enabling brings none back', async () => {
      const ada = await Person.withApp(app);
      const { id } = ada;
      expect((await change(id, { status: 'disabled' }).expect(200)).body.status).toBe('disabled');
      await refused(ada.get('/v1/users/me', ada.accessToken), 401, 'token_invalid');
      await refused(ada.refresh(), 401, 'invalid_refresh_token');
      const { username: identifier, password } = ada;
      await refused(ada.post('/v1/auth/login', { identifier, password }), 401, 'invalid_credentials');
      expect((await change(id, { status: 'active' }).expect(200)).body.status).toBe('active');
      await refused(ada.get('/v1/users/me', ada.accessToken), 401, 'token_invalid');
      await refused(ada.refresh(), 401, 'invalid_refresh_token');
      await ada.loginWithApp();
      await ada.get('/v1/users/me', ada.accessToken).expect(200);
    });

    it('gives a role that demands a factor only to who has one', async () => {
      const ada = await Person.signedIn(app);
      for (const role of ['admin', 'auditor']) {
        await refused(change(ada.id, { roles: ['user', role] }), 409, 'mfa_not_enrolled');
      }
      await ada.get('/v1/users/me', ada.accessToken).expect(200);
      await ada.enroll();
      await ada.activate();
      await change(ada.id, { roles: ['user', 'auditor'] }).expect(200);
    });

    it.each([
      [{ status: 'deleted' }],
      [{ status: null }],
      [{ roles: null }],
      [{ roles: ['user', 7] }],
      [{ roles: ['jester'] }],
      [{ username: 'other' }],
      [{ email: 'mine@example.com' }],
      [{ emailVerified: true }],
      [{ password: 'a loom that weaves algebra' }],
      [{ mfaEnrolled: false }],
      [{ permissions: ['users:write'] }],
    ])('refuses %j', async (body) => {
      const ada = await Person.signedIn(app);
      await refused(change(ada.id, body), 400, 'validation_failed');
      await ada.get('/v1/users/me', ada.accessToken).expect(200);
    });
  });

  describe('ends sessions', () => {
    it('of that account, all of them, and no other', async () => {
      const [ada, bob] = [await Person.signedIn(app), await Person.signedIn(app)];
      const elsewhere = ada.elsewhere();
      await elsewhere.login();
      await act(ada.id, 'sessions/revoke').expect(204, {});
      for (const each of [ada, elsewhere]) {
        await refused(each.get('/v1/users/me', each.accessToken), 401, 'token_invalid');
        await refused(each.refresh(), 401, 'invalid_refresh_token');
      }
      await bob.get('/v1/users/me', bob.accessToken).expect(200);
      await ada.login();
      expect(await lastEvent('account.sessions_revoked')).toMatchObject({ subjectId: ada.id, outcome: 'success' });
    });
  });

  describe('resets second factors', () => {
    it('of who need have none: factors, recovery codes and sessions are gone, and the owner is told', async () => {
      const ada = await Person.withApp(app);
      const { id } = ada;
      await verifyAddress(app, id, 'ada@reset.example');
      const answer = await act(id, 'mfa/reset').expect(204);
      expect(answer.text).toBe('');
      expect(await seen(id)).toMatchObject({ mfaEnrolled: false, factors: [] });
      await refused(ada.get('/v1/users/me', ada.accessToken), 401, 'token_invalid');
      await refused(ada.refresh(), 401, 'invalid_refresh_token');
      expect((await ada.login()).body).toMatchObject({ status: 'authenticated', session: { acr: 'aal1' } });
      const [notice] = await messagesTo(app, 'ada@reset.example');
      expect(notice).toMatchObject({ subject: 'Countersign: your second factors were removed', data: {} });
      const old = ada.recoveryCodes;
      await ada.enroll();
      const { body } = await ada.activate();
      expect(body.recoveryCodes).toHaveLength(10);
      expect(body.recoveryCodes).not.toEqual(expect.arrayContaining(old));
      app.clock.advance(30);
      await ada.login();
      const { body: usable } = await ada.get('/v1/mfa/factors', ada.mfaToken).expect(200);
      const recovery = usable.items.find(({ type }: { type: string }) => type === 'recovery_code') as { id: string };
      const challenge = await ada.challenge(ada.mfaToken, recovery.id);
      await refused(ada.verify(challenge, old[0]!), 400, 'invalid_code');
    });

    it('of who must have one: a code goes to the verified address, and without it the password enrolls nothing', async () => {
      const bob = await member(app, 'auditor');
      const { id } = bob;
      await verifyAddress(app, id, 'bob@reset.example');
      await act(id, 'mfa/reset').expect(204);
      expect((await bob.login()).body.status).toBe('mfa_enrollment_required');
      const begin = (enrollmentCode?: string) =>
        bob.post('/v1/mfa/factors', { type: 'totp', enrollmentCode }, bob.mfaToken);
      await refused(begin(), 400, 'invalid_token');
      const [first] = await messagesTo(app, 'bob@reset.example');
      expect(first!.text).toContain(first!.data.code);
      await admin.stepUp();
      await act(id, 'mfa/reset').expect(204); // the code before is void
      await refused(begin(first!.data.code), 401, 'token_invalid'); // and so is half a sign-in
      await bob.login();
      await refused(begin(first!.data.code), 400, 'invalid_token');
      const [second] = await messagesTo(app, 'bob@reset.example');
      const { body } = await begin(second!.data.code).expect(201);
      bob.authenticator = new Authenticator(body.enrollment.secret as string, app.clock);
      bob.factorId = body.factor.id as string;
      expect((await bob.activate()).body.auth).toMatchObject({ status: 'authenticated', session: { acr: 'aal2' } });
      const event = await lastEvent('account.factors_reset');
      expect(event).toMatchObject({ subjectId: id, outcome: 'success', details: {} });
    });

    it('sends no code to an address that nobody has verified', async () => {
      const bob = await member(app, 'auditor');
      const email = 'claimed@reset.example';
      const dataSource = app.nest.get(DataSource);
      const users = dataSource.getMetadata('UserEntity').tablePath;
      await dataSource.query(`UPDATE ${users} SET email = $2, email_folded = $2 WHERE id = $1`, [bob.id, email]);
      await act(bob.id, 'mfa/reset').expect(204);
      expect(await messagesTo(app, email)).toEqual([]);
    });
  });

  describe('sends a link to choose a password', () => {
    it('to the verified address; until it is used nothing changes', async () => {
      const ada = await Person.signedIn(app);
      await refused(act(ada.id, 'password/reset'), 404, 'not_found');
      await verifyAddress(app, ada.id, 'ada@link.example');
      const answer = await act(ada.id, 'password/reset').expect(204);
      expect(answer.text).toBe('');
      const [message, ...others] = await messagesTo(app, 'ada@link.example');
      expect(others).toEqual([]);
      expect(message!.text).toContain(`/account#reset-password=${message!.data.token}`);
      await ada.get('/v1/users/me', ada.accessToken).expect(200);
      await ada.refresh().expect(200);
      await ada.login();
      await choose(message!.data.token, PASSWORD).expect(204);
      const { username: identifier, password } = ada;
      await refused(ada.post('/v1/auth/login', { identifier, password }), 401, 'invalid_credentials');
      await ada.post('/v1/auth/login', { identifier, password: PASSWORD }).expect(200);
      expect(await lastEvent('account.password_link_sent')).toMatchObject({ subjectId: ada.id, outcome: 'success' });
    });

    it('to the address that was given, where no password was chosen yet', async () => {
      const body = { username: 'late.comer', email: 'late@link.example' };
      const { id } = (await admin.post('/v1/admin/users', body, admin.accessToken).expect(201)).body;
      await act(id as string, 'password/reset').expect(204);
      const [second, first] = await messagesTo(app, body.email);
      expect(second!.data.token).not.toBe(first!.data.token);
      await refused(choose(first!.data.token, PASSWORD), 400, 'invalid_token');
      const table = app.nest.get(DataSource).getMetadata('OneTimeTokenEntity').tablePath;
      const live = await app.nest
        .get(DataSource)
        .query(`SELECT purpose, target FROM ${table} WHERE user_id = $1`, [id]);
      expect(live).toEqual([{ purpose: 'choose_password', target: body.email }]);
    });

    it.each(['password', 'newPassword', 'token', 'email'])('takes no %s from the administrator', async (field) => {
      const ada = await Person.signedIn(app);
      await verifyAddress(app, ada.id, `ada-${field.toLowerCase()}@link.example`);
      const body = { [field]: 'a loom that weaves algebra' };
      // The route reads no body: nothing in it counts.
      await admin.post(`/v1/admin/users/${ada.id}/password/reset`, body, admin.accessToken).expect(204);
      await ada.login();
    });
  });

  describe('unlocks', () => {
    it('an account that takes no password after too many wrong ones', async () => {
      const ada = await Person.signedIn(app);
      const { id } = ada;
      expect(await seen(id)).toMatchObject({ lockedUntil: null });
      for (let tries = 0; tries < 10; tries++) {
        await ada.post('/v1/auth/login', { identifier: ada.username, password: 'wrong' }).expect(401);
      }
      await ada.post('/v1/auth/login', { identifier: ada.username, password: ada.password }).expect(401);
      const { lockedUntil } = await seen(id);
      expect(new Date(lockedUntil as string)).toEqual(app.clock.in(30));
      await act(id, 'unlock').expect(204);
      expect(await seen(id)).toMatchObject({ lockedUntil: null });
      await ada.login();
      expect(await lastEvent('account.unlocked')).toMatchObject({ subjectId: id, outcome: 'success' });
    });

    it('second factors that are locked after wrong attempts', async () => {
      const ada = await Person.withApp(app);
      const { id } = ada;
      await ada.login();
      for (let tries = 0; tries < 10; tries++) {
        const challenge = await ada.challenge();
        await ada.verify(challenge, ada.authenticator.wrongCode()).expect(400);
      }
      const challenge = await ada.challenge(ada.mfaToken, ada.factorId).catch(() => '');
      expect(challenge).toBe('');
      const { lockedUntil } = await seen(id);
      expect(new Date(lockedUntil as string).getTime()).toBeGreaterThan(app.clock.now().getTime());
      await act(id, 'unlock').expect(204);
      expect(await seen(id)).toMatchObject({ lockedUntil: null });
      await ada.verify(await ada.challenge(ada.mfaToken, ada.factorId), ada.authenticator.code()).expect(200);
      app.clock.advance(30);
      expect(await lastEvent('account.unlocked')).toMatchObject({ subjectId: id, outcome: 'success' });
    });
  });

  describe('deletes an account', () => {
    it('with all that belongs to it, and refuses its live tokens; what was recorded stays', async () => {
      const ada = await Person.withApp(app);
      const { id, mfaToken } = ada;
      const half = ada.elsewhere();
      await half.login();
      await verifyAddress(app, id, 'ada@gone.example');
      await act(id, 'password/reset').expect(204);
      const tables = ['last_sign_ins', 'mfa_factors', 'one_time_tokens', 'passwords', 'recovery_codes', 'sessions'];
      expect(Object.keys(await rowsOf(app, id)).sort()).toEqual(expect.arrayContaining(tables));
      await admin.delete(`/v1/admin/users/${id}`, admin.accessToken).expect(204, {});

      await refused(admin.get(`/v1/admin/users/${id}`, admin.accessToken), 404, 'not_found');
      await refused(ada.get('/v1/users/me', ada.accessToken), 401, 'token_invalid');
      await refused(ada.get('/v1/payouts/limits', ada.accessToken), 401, 'token_invalid');
      await refused(ada.refresh(), 401, 'invalid_refresh_token');
      await refused(half.post('/v1/mfa/challenges', {}, half.mfaToken || mfaToken), 401, 'token_invalid');
      const { username: identifier, password } = ada;
      await refused(ada.post('/v1/auth/login', { identifier, password }), 401, 'invalid_credentials');
      expect(await rowsOf(app, id)).toEqual({});

      const { body } = await admin.get(`/v1/admin/audit-events?subject=${id}`, admin.accessToken).expect(200);
      expect(body.items[0]).toMatchObject({ type: 'account.deleted', outcome: 'success', actorId: admin.id });
      expect(body.items.length).toBeGreaterThan(3);
      // The name is free, and its new owner is somebody else.
      await ada.post('/v1/auth/register', { username: identifier, password }).expect(201);
      await ada.login();
      expect(ada.id).not.toBe(id);
      await refused(admin.delete(`/v1/admin/users/${id}`, admin.accessToken), 404, 'not_found');
    });

    it('has a foreign key that cascades wherever a table of ours names an account', async () => {
      const { manager } = app.nest.get(DataSource);
      const { schema } = app.nest.get(DataSource).getMetadata('UserEntity');
      const tables = await manager.query<{ table: string; cascades: boolean }[]>(
        `SELECT c.table_name AS "table", EXISTS (
                  SELECT 1 FROM pg_constraint k
                   WHERE k.conrelid = format('%I.%I', c.table_schema, c.table_name)::regclass
                     AND k.contype = 'f' AND k.confdeltype = 'c') AS cascades
           FROM information_schema.columns c
          WHERE c.table_schema = $1 AND c.column_name = 'user_id' AND c.table_name NOT LIKE 'payout%'`,
        [schema],
      );
      expect(tables.map(({ table }) => table)).toEqual(
        expect.arrayContaining(['sessions', 'passwords', 'mfa_factors']),
      );
      expect(tables.filter(({ cascades }) => !cascades)).toEqual([]);
    });
  });

  describe('of one’s own account', () => {
    const leave = (person: Person) => person.delete('/v1/users/me', person.accessToken);

    it('deletes it for who was recognised not long ago, by the factor where there is one', async () => {
      const ada = await Person.signedIn(app);
      const bob = await Person.withApp(app);
      const ids = [ada.id, bob.id];
      app.clock.advance(601);
      await refused(leave(ada), 401, 'reauthentication_required');
      await refused(leave(bob), 401, 'mfa_stale');
      ada.take((await ada.reauthenticate().expect(200)).body);
      await bob.stepUp();
      for (const person of [ada, bob]) {
        await leave(person).expect(204, {});
        await refused(person.get('/v1/payouts/limits', person.accessToken), 401, 'token_invalid');
        await refused(person.refresh(), 401, 'invalid_refresh_token');
        await refused(leave(person), 401, 'token_invalid');
      }
      for (const id of ids) expect(await rowsOf(app, id)).toEqual({});
    });

    it('shows what happened to it, newest first, and nothing of anybody else', async () => {
      const ada = await Person.signedIn(app);
      const { username: identifier } = ada;
      await refused(
        ada.post('/v1/auth/login', { identifier, password: 'not it, I think' }),
        401,
        'invalid_credentials',
      );
      await act(ada.id, 'sessions/revoke').expect(204);
      app.clock.advance(1);
      await ada.login();
      const { body } = await ada.get('/v1/users/me/events', ada.accessToken).expect(200);
      expect(body.items.map(({ type, outcome }: Record<string, string>) => `${type} ${outcome}`)).toEqual([
        'session.login success',
        'account.sessions_revoked success',
        'session.login failure',
        'session.login success',
        'account.registered success',
      ]);
      for (const item of body.items) {
        expect(Object.keys(item as object).sort()).toEqual(EVENT_KEYS);
        expect(item.subjectId).toBe(ada.id);
      }
      // Where somebody else acted: that it was so, and not from where.
      expect(body.items[1]).toMatchObject({ actorId: admin.id, ip: null, sessionId: null });
      expect(body.items[2]).toMatchObject({ actorId: null, ip: '127.0.0.1' });
      const first = await ada.get('/v1/users/me/events?limit=2', ada.accessToken).expect(200);
      const rest = await ada.get(`/v1/users/me/events?cursor=${first.body.nextCursor}`, ada.accessToken).expect(200);
      expect([...first.body.items, ...rest.body.items]).toEqual(body.items);
      for (const query of [`subject=${admin.id}`, `actor=${admin.id}`, 'type=session.login']) {
        await refused(ada.get(`/v1/users/me/events?${query}`, ada.accessToken), 400, 'validation_failed');
      }
    });
  });

  describe('reads what was recorded', () => {
    const events = async (query: string) =>
      (await admin.get(`/v1/admin/audit-events?${query}`, admin.accessToken).expect(200)).body as {
        items: Record<string, string>[];
        nextCursor: string | null;
      };

    it('by subject, actor, type and time, all of which must hold', async () => {
      const ada = await Person.signedIn(app);
      const from = app.clock.now().toISOString();
      app.clock.advance(10);
      await act(ada.id, 'unlock').expect(204);
      const to = app.clock.now().toISOString();
      await act(ada.id, 'sessions/revoke').expect(204);
      const types = async (query: string) => (await events(query)).items.map(({ type }) => type);

      const subject = `subject=${ada.id}`;
      const all = await events(subject);
      expect(all.items.map(({ type }) => type)).toEqual([
        'account.sessions_revoked',
        'account.unlocked',
        'session.login',
        'account.registered',
      ]);
      for (const item of all.items) expect(Object.keys(item).sort()).toEqual(EVENT_KEYS);
      expect(await types(`${subject}&actor=${admin.id}`)).toEqual(['account.sessions_revoked', 'account.unlocked']);
      expect(await types(`${subject}&actor=${ada.id}`)).toEqual(['session.login', 'account.registered']);
      expect(await types(`${subject}&type=account.unlocked`)).toEqual(['account.unlocked']);
      expect(await types(`${subject}&type=account`)).toEqual([]);
      expect(await types(`${subject}&from=${to}`)).toEqual(['account.sessions_revoked', 'account.unlocked']);
      expect(await types(`${subject}&to=${to}`)).toEqual(['session.login', 'account.registered']);
      expect(await types(`${subject}&from=${from}&to=${from}`)).toEqual([]);
      expect(await types(`actor=${ada.id}&subject=${admin.id}`)).toEqual([]);
      const page = await events(`${subject}&limit=3`);
      const last = await events(`${subject}&limit=3&cursor=${page.nextCursor}`);
      expect([...page.items, ...last.items]).toEqual(all.items);
    });

    it.each([
      'subject=me',
      'actor=1',
      'from=yesterday',
      'from=2026-06-01',
      'to=2026-06-01T12:00:00',
      'outcome=failure',
    ])('refuses %s', async (query) => {
      await refused(admin.get(`/v1/admin/audit-events?${query}`, admin.accessToken), 400, 'validation_failed');
    });

    it('for who may read it, with a second factor', async () => {
      await makeRole(app, 'clerk', 'users:read');
      const [auditor, clerk] = [await member(app, 'auditor'), await member(app, 'clerk')];
      await auditor.get('/v1/admin/audit-events', auditor.accessToken).expect(200);
      await refused(clerk.get('/v1/admin/audit-events', clerk.accessToken), 403, 'forbidden');
      await grant(app, clerk.id, 'user');
      const ada = await Person.signedIn(app);
      await refused(ada.get('/v1/admin/audit-events', ada.accessToken), 401, 'mfa_enrollment_required');
    });
  });
});

/** How many rows of which tables name the account, what was recorded and what is revoked aside. */
async function rowsOf(app: TestApp, userId: string): Promise<Record<string, number>> {
  const { manager } = app.nest.get(DataSource);
  const { schema } = app.nest.get(DataSource).getMetadata('UserEntity');
  const tables = await manager.query<{ table: string }[]>(
    `SELECT table_name AS "table" FROM information_schema.columns
      WHERE table_schema = $1 AND column_name = 'user_id' AND table_name NOT LIKE 'payout%'`,
    [schema],
  );
  const counts: Record<string, number> = {};
  for (const { table } of tables) {
    const [row] = await manager.query<{ rows: number }[]>(
      `SELECT count(*)::int AS rows FROM "${schema}"."${table}" WHERE user_id = $1`,
      [userId],
    );
    if (row!.rows > 0) counts[table] = row!.rows;
  }
  return counts;
}
