import { Module } from '@nestjs/common';
import { AccessModule } from '../../src/access';
import { type TestDatabase, testDatabase } from '../support/database';
import { readJws } from '../support/jws';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { member } from '../support/staff';
import { startTestApp, type TestApp } from '../support/test-app';

@Module({
  imports: [
    AccessModule.forFeature({
      permissions: { 'ledgers:read': 'See ledgers', 'ledgers:write': 'Write ledgers' },
      roles: { accountant: ['ledgers:write', 'ledgers:read'], bookkeeper: ['ledgers:read'], intern: [] },
    }),
  ],
})
class LedgersModule {}

/** The next version of it. */
@Module({
  imports: [
    AccessModule.forFeature({
      permissions: {
        'ledgers:read': 'See ledgers',
        'ledgers:write': 'Write ledgers',
        'ledgers:close': 'Close ledgers',
      },
      roles: {
        accountant: ['ledgers:write', 'ledgers:read', 'ledgers:close'],
        bookkeeper: ['ledgers:read', 'ledgers:write'],
        intern: ['ledgers:read'],
      },
    }),
  ],
})
class NextLedgersModule {}

describe('Roles', () => {
  let database: TestDatabase;
  let app: TestApp;
  let admin: Person;

  beforeAll(async () => {
    database = await testDatabase();
    app = await startTestApp({ database, imports: [LedgersModule], env: { DOCS: 'off', ACCESS_TOKEN_TTL: '3000' } });
    admin = await member(app, 'admin');
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });
  beforeEach(() => admin.stepUp());

  const put = (name: string, permissions: unknown) =>
    admin.put(`/v1/admin/roles/${name}`, { permissions }, admin.accessToken);
  const drop = (name: string) => admin.delete(`/v1/admin/roles/${name}`, admin.accessToken);
  const give = (person: Person, ...roles: string[]) =>
    admin.patch(`/v1/admin/users/${person.id}`, { roles }, admin.accessToken).expect(200);
  const roles = async () => {
    const { body } = await admin.get('/v1/admin/roles', admin.accessToken).expect(200);
    expect(Object.keys(body as object).sort()).toEqual(['items', 'nextCursor']);
    expect(body.nextCursor).toBeNull();
    for (const item of body.items) expect(Object.keys(item as object).sort()).toEqual(['name', 'permissions']);
    return Object.fromEntries(
      body.items.map(({ name, permissions }: { name: string; permissions: string[] }) => [name, permissions]),
    ) as Record<string, string[]>;
  };
  /** What the person's next token says. */
  async function rightsOf(person: Person) {
    person.take((await person.refresh().expect(200)).body);
    const { roles: held, permissions } = readJws(person.accessToken).payload;
    return { roles: held, permissions };
  }

  it('are those that modules bring along; `admin` has every permission', async () => {
    expect(await roles()).toEqual({
      accountant: ['ledgers:read', 'ledgers:write'],
      admin: [
        ...['audit:read', 'keys:read', 'keys:write', 'ledgers:read', 'ledgers:write', 'payouts:approve'],
        ...['users:read', 'users:write'],
      ],
      auditor: ['audit:read', 'users:read'],
      bookkeeper: ['ledgers:read'],
      intern: [],
      payouts_approver: ['payouts:approve'],
      user: [],
    });
  });

  it('are made: who gets one has its permissions in the next token, and those of all roles together', async () => {
    const { body } = await put('night-shift', ['payouts:approve', 'ledgers:read']).expect(200);
    expect(body).toEqual({ name: 'night-shift', permissions: ['ledgers:read', 'payouts:approve'] });
    const ada = await Person.signedIn(app);
    await give(ada, 'night-shift', 'accountant');
    expect(await rightsOf(ada)).toEqual({
      roles: ['night-shift', 'accountant'],
      permissions: ['ledgers:read', 'ledgers:write', 'payouts:approve'],
    });
  });

  it('are changed: every account that holds one needs a new token, at once, and no other does', async () => {
    await put('keeper', ['keys:read']).expect(200);
    const [ada, bob, eve] = [await Person.signedIn(app), await Person.signedIn(app), await Person.signedIn(app)];
    for (const person of [ada, bob]) {
      await give(person, 'user', 'keeper');
      await rightsOf(person);
      await person.get('/v1/payouts/limits', person.accessToken).expect(200);
    }
    await put('keeper', ['keys:read', 'keys:write']).expect(200);
    for (const person of [ada, bob]) {
      await refused(person.get('/v1/payouts/limits', person.accessToken), 401, 'token_invalid');
      expect(await rightsOf(person)).toEqual({ roles: ['user', 'keeper'], permissions: ['keys:read', 'keys:write'] });
    }
    await eve.get('/v1/payouts/limits', eve.accessToken).expect(200);
    // The same once more changes nothing for anybody.
    await put('keeper', ['keys:write', 'keys:read']).expect(200);
    await ada.get('/v1/payouts/limits', ada.accessToken).expect(200);
  });

  it('are deleted: taken from every account, whose tokens are refused', async () => {
    await put('guard', ['keys:read']).expect(200);
    const [ada, eve] = [await Person.signedIn(app), await Person.signedIn(app)];
    await give(ada, 'guard', 'user');
    await rightsOf(ada);
    await drop('guard').expect(204, {});
    await refused(ada.get('/v1/payouts/limits', ada.accessToken), 401, 'token_invalid');
    expect(await rightsOf(ada)).toEqual({ roles: ['user'], permissions: [] });
    await eve.get('/v1/payouts/limits', eve.accessToken).expect(200);
    await refused(drop('guard'), 404, 'not_found');
    const { body } = await refused(
      admin.patch(`/v1/admin/users/${ada.id}`, { roles: ['guard'] }, admin.accessToken),
      400,
      'validation_failed',
    );
    expect(body.errors).toEqual([expect.objectContaining({ path: 'roles.0', code: 'unknown_role' })]);
    // One of the same name is another: nobody has it back.
    await put('guard', ['keys:write']).expect(200);
    expect(await rightsOf(ada)).toEqual({ roles: ['user'], permissions: [] });
    await drop('guard').expect(204);
  });

  it('may be those that the service speaks of: `user` and `auditor` change and stay, `admin` does not even change', async () => {
    const ada = await Person.signedIn(app);
    await put('user', ['ledgers:read']).expect(200);
    await refused(ada.get('/v1/payouts/limits', ada.accessToken), 401, 'token_invalid');
    await refused(admin.get('/v1/admin/users', admin.accessToken), 401, 'token_invalid'); // holds it as well
    await rightsOf(admin);
    expect((await rightsOf(ada)).permissions).toEqual(['ledgers:read']);
    await put('user', []).expect(200);
    await rightsOf(admin);
    const before = await roles();
    await refused(put('admin', ['users:read']), 403, 'forbidden');
    for (const name of ['admin', 'user', 'auditor']) await refused(drop(name), 403, 'forbidden');
    expect(await roles()).toEqual(before);
  });

  it('take only permissions that there are, named in the refusal', async () => {
    const { body } = await refused(put('dreamer', ['keys:read', 'keys:dream']), 400, 'validation_failed');
    expect(body.errors).toEqual([
      {
        ...{ path: 'permissions.1', code: 'unknown_permission' },
        message: expect.stringMatching(/There are: .*ledgers:write.*users:write$/) as string,
      },
    ]);
    for (const permissions of [undefined, null, 'keys:read', [null], ['keys:read', 'keys:read'], [['keys:read']], {}]) {
      await refused(put('dreamer', permissions), 400, 'validation_failed');
    }
    const extra = { permissions: [], name: 'admin' };
    await refused(admin.put('/v1/admin/roles/dreamer', extra, admin.accessToken), 400, 'validation_failed');
    expect(await roles()).not.toHaveProperty('dreamer');
  });

  it.each(['Upper', '-dash', '1st', 'a b', 'ä', 'a'.repeat(65), '__proto__', 'a%2Fb', 'a%00'])(
    'are not called %s',
    async (name) => {
      await refused(put(encodeURI(decodeURI(name)), []), 400, 'validation_failed');
      await refused(drop(encodeURI(decodeURI(name))), 404, 'not_found');
    },
  );

  it('leave a record of every change, and of who made it', async () => {
    await put('noted', ['keys:read']).expect(200);
    await drop('noted').expect(204);
    await refused(put('admin', []), 403, 'forbidden');
    const { body } = await admin.get(`/v1/admin/audit-events?actor=${admin.id}&limit=3`, admin.accessToken).expect(200);
    expect(body.items).toMatchObject([
      { type: 'role.changed', outcome: 'failure', details: { role: 'admin', permissions: [], cause: 'forbidden' } },
      { type: 'role.deleted', outcome: 'success', actorId: admin.id, details: { role: 'noted' } },
      { type: 'role.changed', outcome: 'success', details: { role: 'noted', permissions: ['keys:read'] } },
    ]);
  });

  it('are left alone at the next start where an administrator changed or deleted them', async () => {
    await put('accountant', ['ledgers:read']).expect(200);
    await drop('intern').expect(204);
    const { accessToken, refreshToken, username } = admin;
    await app.close();
    app = await startTestApp({ database, clock: app.clock, imports: [NextLedgersModule], env: { DOCS: 'off' } });
    admin = Object.assign(Person.called(app, username), { accessToken, refreshToken });
    const now = await roles();
    expect(now).toMatchObject({
      accountant: ['ledgers:read'], // as the administrator wants it
      bookkeeper: ['ledgers:read', 'ledgers:write'], // as the module wants it
    });
    expect(now).not.toHaveProperty('intern');
    expect(now['admin']).toContain('ledgers:close');
    expect((await rightsOf(admin)).permissions).toContain('ledgers:close');
    await put('intern', ['ledgers:read']).expect(200); // whoever wants it back makes it anew
    expect(await roles()).toHaveProperty('intern');
  });
});
