import { tokenFor, aPrincipal } from '../../src/access/testing';
import { type TestDatabase, testDatabase } from '../support/database';
import { readJws } from '../support/jws';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { grant, makeRole, member, verifyAddress } from '../support/staff';
import { startTestApp, type TestApp } from '../support/test-app';

/** Every route that acts on one account, as an attacker would call it. */
const ACTS = ['sessions/revoke', 'mfa/reset', 'password/reset', 'unlock'];
const NOBODY = '019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11';

describe('Nobody acts beyond their own rights', () => {
  let database: TestDatabase;
  let app: TestApp;
  /** Changes rights by this application alone. */
  let admin: Person;
  /** `users:read` and `users:write`, and nothing else. */
  let clerk: Person;
  let auditor: Person;
  let victim: Person;
  let victimId: string;

  beforeAll(async () => {
    database = await testDatabase();
    app = await startTestApp({ database, env: { DOCS: 'off', ACCESS_TOKEN_TTL: '3000' } });
    await makeRole(app, 'clerk', 'users:read', 'users:write');
    await makeRole(
      app,
      'everything',
      ...['audit:read', 'keys:read', 'keys:write', 'payouts:approve'],
      'users:read',
      'users:write',
    );
    [admin, clerk, auditor] = [await member(app, 'admin'), await member(app, 'clerk'), await member(app, 'auditor')];
    victim = await member(app, 'admin');
    victimId = victim.id;
    await verifyAddress(app, victimId, 'victim@example.com');
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });
  beforeEach(async () => {
    for (const each of [admin, clerk, auditor]) await each.stepUp();
  });

  /** Tries everything there is on an account. */
  function everyAct(by: Person, id: string) {
    const { accessToken } = by;
    return [
      () => by.patch(`/v1/admin/users/${id}`, { roles: ['user'] }, accessToken),
      () => by.patch(`/v1/admin/users/${id}`, { roles: ['user', 'admin'] }, accessToken),
      () => by.patch(`/v1/admin/users/${id}`, { status: 'disabled' }, accessToken),
      () => by.patch(`/v1/admin/users/${id}`, {}, accessToken),
      () => by.delete(`/v1/admin/users/${id}`, accessToken),
      ...ACTS.map((act) => () => by.post(`/v1/admin/users/${id}/${act}`, {}, accessToken)),
    ];
  }
  const everyWrite = (by: Person, id: string) => [
    ...everyAct(by, id),
    () => by.post('/v1/admin/users', { username: 'by.nobody' }, by.accessToken),
    () => by.get('/v1/admin/roles', by.accessToken),
    () => by.put('/v1/admin/roles/user', { permissions: ['users:write'] }, by.accessToken),
    () => by.delete('/v1/admin/roles/clerk', by.accessToken),
  ];
  const everyRead = (by: Person, id: string) => [
    () => by.get('/v1/admin/users', by.accessToken),
    () => by.get(`/v1/admin/users/${id}`, by.accessToken),
    () => by.get('/v1/admin/audit-events', by.accessToken),
  ];

  const stateOf = async (id: string) => {
    const { body } = await admin.get(`/v1/admin/users/${id}`, admin.accessToken).expect(200);
    const { roles, status, mfaEnrolled } = body;
    return { roles, status, mfaEnrolled } as unknown;
  };
  const rolesNow = async () =>
    (await admin.get('/v1/admin/roles', admin.accessToken).expect(200)).body.items as unknown;

  it('an ordinary account: none of the routes, whatever second factor it shows', async () => {
    const ada = await Person.withApp(app);
    for (const act of [...everyRead(ada, victimId), ...everyWrite(ada, victimId), ...everyWrite(ada, ada.id)]) {
      await refused(act(), 403, 'forbidden');
    }
    expect(await stateOf(victimId)).toEqual({ roles: ['user', 'admin'], status: 'active', mfaEnrolled: true });
  });

  it('without a token, with a password alone, and with half a sign-in: none either', async () => {
    const ada = await Person.signedIn(app);
    const half = await Person.withApp(app);
    await half.login(); // an MFA token
    const anonymous = new Person(app);
    Object.assign(half, { accessToken: half.mfaToken });
    for (const [by, code] of [
      [anonymous, 'token_missing'],
      [ada, 'mfa_enrollment_required'],
      [half, 'token_invalid'],
    ] as const) {
      for (const act of [...everyRead(by, victimId), ...everyWrite(by, victimId)]) await refused(act(), 401, code);
    }
  });

  it('with a second factor of eleven minutes ago: reads, and writes nothing', async () => {
    app.clock.advance(601);
    for (const act of everyRead(admin, victimId)) await act().expect(200);
    for (const act of everyWrite(admin, victimId)) await refused(act(), 401, 'mfa_stale');
  });

  it('an auditor: reads, and writes nothing', async () => {
    for (const act of everyRead(auditor, victimId)) await act().expect(200);
    for (const act of [...everyWrite(auditor, victimId), ...everyWrite(auditor, auditor.id)]) {
      await refused(act(), 403, 'forbidden');
    }
  });

  it('who may write accounts: acts on nobody who may do more', async () => {
    const chief = await member(app, 'everything');
    for (const id of [victimId, auditor.id, chief.id]) {
      for (const act of everyAct(clerk, id)) await refused(act(), 403, 'forbidden');
    }
    // Every permission there is makes no administrator: they have what there will be tomorrow, too.
    for (const act of everyAct(chief, victimId)) await refused(act(), 403, 'forbidden');
    for (const person of [auditor, chief]) await person.get('/v1/users/me', person.accessToken).expect(200);
    expect(await stateOf(victimId)).toEqual({ roles: ['user', 'admin'], status: 'active', mfaEnrolled: true });
  });

  it('who may write accounts: gives no role that allows more, to others, to new accounts, or to their own', async () => {
    const ada = await Person.withApp(app);
    for (const role of ['admin', 'auditor', 'everything', 'payouts_approver']) {
      for (const roles of [[role], ['user', 'clerk', role]]) {
        await refused(clerk.patch(`/v1/admin/users/${ada.id}`, { roles }, clerk.accessToken), 403, 'forbidden');
        await refused(
          clerk.post('/v1/admin/users', { username: 'a.puppet', roles }, clerk.accessToken),
          403,
          'forbidden',
        );
        await refused(clerk.patch(`/v1/admin/users/${clerk.id}`, { roles }, clerk.accessToken), 403, 'forbidden');
      }
    }
    expect(await stateOf(ada.id)).toMatchObject({ roles: ['user'] });
    const { body } = await admin.get('/v1/admin/users?search=a.puppet', admin.accessToken).expect(200);
    expect(body.items).toEqual([]);
    await clerk.patch(`/v1/admin/users/${ada.id}`, { roles: ['user', 'clerk'] }, clerk.accessToken).expect(200);
  });

  it('who may write accounts: puts no permission into a role, and takes none out, that is not their own', async () => {
    const before = await rolesNow();
    const put = (name: string, permissions: string[]) =>
      clerk.put(`/v1/admin/roles/${name}`, { permissions }, clerk.accessToken);
    await refused(put('user', ['keys:write']), 403, 'forbidden');
    await refused(put('clerk', ['users:read', 'users:write', 'audit:read']), 403, 'forbidden');
    await refused(put('clerk', ['users:write']), 403, 'forbidden'); // nor down
    await refused(put('auditor', ['users:read']), 403, 'forbidden');
    await refused(put('auditor', []), 403, 'forbidden');
    await refused(put('admin', ['users:read']), 403, 'forbidden');
    await refused(put('new-role', ['users:read', 'payouts:approve']), 403, 'forbidden');
    for (const role of ['auditor', 'everything', 'payouts_approver', 'admin', 'user', 'clerk']) {
      await refused(clerk.delete(`/v1/admin/roles/${role}`, clerk.accessToken), 403, 'forbidden');
    }
    expect(await rolesNow()).toEqual(before);
    await clerk.get('/v1/users/me', clerk.accessToken).expect(200);
    await put('new-role', ['users:read']).expect(200);
    await clerk.delete('/v1/admin/roles/new-role', clerk.accessToken).expect(204);
  });

  it('an administrator: never their own account', async () => {
    for (const act of everyAct(admin, admin.id)) await refused(act(), 403, 'forbidden');
    for (const act of everyAct(clerk, clerk.id)) await refused(act(), 403, 'forbidden');
    await admin.get('/v1/users/me', admin.accessToken).expect(200);
    expect(await stateOf(admin.id)).toEqual({ roles: ['user', 'admin'], status: 'active', mfaEnrolled: true });
    await refused(admin.patch('/v1/users/me', { roles: ['admin'] }, clerk.accessToken), 400, 'validation_failed');
  });

  it('says of an account that there is not what it says of an id that is none', async () => {
    for (const id of [NOBODY, 'me', '..%2f..%2fusers']) {
      for (const act of everyAct(clerk, id)) await refused(act(), 404, 'not_found');
    }
  });

  it('a disabled or demoted administrator: the live token is worth nothing, even where nobody has heard of it yet', async () => {
    const [gone, demoted] = [await member(app, 'admin'), await member(app, 'admin')];
    // In the database alone, as another replica would in the second before this one reads the revocation.
    await grant(app, demoted.id, 'user');
    await grant(app, gone.id, 'user', 'admin');
    for (const each of [gone, demoted]) {
      await each.get('/v1/users/me', each.accessToken).expect(200);
      for (const act of everyAct(each, victimId)) await refused(act(), 401, 'token_invalid');
      const name = { username: 'by.a.ghost' };
      await refused(each.post('/v1/admin/users', name, each.accessToken), 401, 'token_invalid');
      const role = each.put('/v1/admin/roles/user', { permissions: ['users:write'] }, each.accessToken);
      await refused(role, 401, 'token_invalid');
    }
    const ghost = tokenFor(app.nest, aPrincipal({ roles: ['admin'], permissions: ['users:write'], userId: NOBODY }));
    await refused(admin.delete(`/v1/admin/users/${victimId}`, ghost), 401, 'token_invalid');
    expect(await stateOf(victimId)).toEqual({ roles: ['user', 'admin'], status: 'active', mfaEnrolled: true });
  });

  it('records what was refused: who tried what, on whom, and why', async () => {
    await refused(
      clerk.patch(`/v1/admin/users/${victimId}`, { roles: ['user'], status: 'disabled' }, clerk.accessToken),
      403,
      'forbidden',
    );
    await refused(
      clerk.put('/v1/admin/roles/user', { permissions: ['keys:write'] }, clerk.accessToken),
      403,
      'forbidden',
    );
    const { body } = await admin.get(`/v1/admin/audit-events?actor=${clerk.id}&limit=2`, admin.accessToken).expect(200);
    expect(body.items).toMatchObject([
      {
        ...{ type: 'role.changed', outcome: 'failure', subjectId: clerk.id },
        details: { role: 'user', permissions: ['keys:write'], cause: 'forbidden' },
      },
      {
        ...{
          type: 'account.rights_changed',
          outcome: 'failure',
          subjectId: victimId,
          actorId: clerk.id,
          ip: '127.0.0.1',
        },
        details: { roles: ['user'], status: 'disabled', cause: 'forbidden' },
      },
    ]);
  });

  it('the last administrator cannot be disabled, deleted or demoted, by nobody and not by themselves', async () => {
    const everybody = await admin.get('/v1/admin/users?limit=200', admin.accessToken).expect(200);
    for (const { id, roles } of everybody.body.items as { id: string; roles: string[] }[]) {
      if (id === admin.id || !roles.includes('admin')) continue;
      await admin.stepUp();
      await admin.patch(`/v1/admin/users/${id}`, { roles: ['user'] }, admin.accessToken).expect(200);
    }
    await admin.stepUp();
    const own = `/v1/admin/users/${admin.id}`;
    const last = [
      () => admin.patch(own, { roles: ['user'] }, admin.accessToken),
      () => admin.patch(own, { roles: [] }, admin.accessToken),
      () => admin.patch(own, { status: 'disabled' }, admin.accessToken),
      () => admin.delete(own, admin.accessToken),
      () => admin.delete('/v1/users/me', admin.accessToken),
    ];
    for (const act of last) await refused(act(), 409, 'last_administrator');
    const helper = await member(app, 'everything');
    for (const act of everyAct(helper, admin.id)) await refused(act(), 403, 'forbidden');
    // A disabled one is none.
    const second = await member(app, 'admin');
    await admin.stepUp();
    await admin.patch(`/v1/admin/users/${second.id}`, { status: 'disabled' }, admin.accessToken).expect(200);
    for (const act of last) await refused(act(), 409, 'last_administrator');
    await admin.get('/v1/users/me', admin.accessToken).expect(200);
    expect(readJws(admin.accessToken).payload['roles']).toEqual(['user', 'admin']);
    await admin.patch(`/v1/admin/users/${second.id}`, { status: 'active' }, admin.accessToken).expect(200);
    await admin.delete('/v1/users/me', admin.accessToken).expect(204);
  });
});
