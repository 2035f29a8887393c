import { DataSource } from 'typeorm';
import { atOnce, tally } from '../support/at-once';
import { requirePostgres } from '../support/database';
import { readJws } from '../support/jws';
import { Person } from '../support/person';
import { grant, makeRole, member } from '../support/staff';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(180_000); // hundreds of requests on a busy machine

describe('Administrators at once', () => {
  let app: TestApp;

  beforeAll(async () => {
    requirePostgres();
    app = await startTestApp({ env: { DOCS: 'off', ACCESS_TOKEN_TTL: '3000' } });
  });
  afterAll(() => app.close());

  /** The accounts that have the role `admin` and may sign in. */
  async function administrators(): Promise<string[]> {
    const dataSource = app.nest.get(DataSource);
    const rows = await dataSource.query<{ id: string }[]>(
      `SELECT id FROM ${dataSource.getMetadata('UserEntity').tablePath} WHERE 'admin' = ANY(roles) AND status = 'active'`,
    );
    return rows.map(({ id }) => id);
  }

  it.each<[string, (by: Person, other: Person) => PromiseLike<{ status: number; body: { code?: string } }>]>([
    ['demote', (by, { id }) => by.patch(`/v1/admin/users/${id}`, { roles: ['user'] }, by.accessToken)],
    ['disable', (by, { id }) => by.patch(`/v1/admin/users/${id}`, { status: 'disabled' }, by.accessToken)],
    ['delete', (by, { id }) => by.delete(`/v1/admin/users/${id}`, by.accessToken)],
  ])('two who %s each other: one of them stays', async (_what, act) => {
    for (let round = 0; round < 2; round++) {
      const [ada, bob] = [await member(app, 'admin'), await member(app, 'admin')];
      const before = await administrators();
      const answers = await Promise.all([act(ada, bob), act(bob, ada)]);
      const done = answers.filter(({ status }) => status < 300);
      expect(done).toHaveLength(1);
      const refusals = answers.filter(({ status }) => status >= 300).map(({ body }) => body.code);
      expect(refusals).toEqual(['token_invalid']);
      expect(await administrators()).toHaveLength(before.length - 1);
    }
  });

  it('all of whom leave: one has to stay', async () => {
    const dataSource = app.nest.get(DataSource);
    await dataSource.query(
      `UPDATE ${dataSource.getMetadata('UserEntity').tablePath} SET roles = '{user}' WHERE 'admin' = ANY(roles)`,
    );
    const people: Person[] = [];
    for (let at = 0; at < 4; at++) people.push(await member(app, 'admin'));
    for (const person of people) await person.stepUp();
    const answers = await atOnce((at) => people[at]!.delete('/v1/users/me', people[at]!.accessToken), people.length);
    expect(tally(answers)).toEqual({ '204': 3, last_administrator: 1 });
    expect(await administrators()).toHaveLength(1);
  });

  it('a role that is deleted while it is given: nobody has it afterwards', async () => {
    const admin = await member(app, 'admin');
    for (let round = 0; round < 2; round++) {
      await admin.stepUp();
      await makeRole(app, 'fleeting', 'keys:read');
      const people = await Promise.all(Array.from({ length: 6 }, () => Person.signedIn(app)));
      const gives = people.map(({ id }) =>
        admin.patch(`/v1/admin/users/${id}`, { roles: ['user', 'fleeting'] }, admin.accessToken),
      );
      const deletion = admin.delete('/v1/admin/roles/fleeting', admin.accessToken);
      const answers = await Promise.all([...gives.slice(0, 3), deletion, ...gives.slice(3)]);
      for (const { status, body } of answers) expect(status < 300 || body.code === 'validation_failed').toBe(true);
      for (const person of people) {
        person.take((await person.refresh().expect(200)).body);
        expect(readJws(person.accessToken).payload).toMatchObject({ roles: ['user'], permissions: [] });
      }
    }
  });

  it('a role that changes while people sign in: no token of the old rights is any good afterwards', async () => {
    const admin = await member(app, 'admin');
    await makeRole(app, 'shifting', 'keys:read');
    const ada = await Person.signedIn(app);
    await grant(app, ada.id, 'user', 'shifting');
    for (let round = 0; round < 2; round++) {
      await admin.stepUp();
      const permissions = round % 2 === 0 ? ['keys:read', 'keys:write'] : ['keys:read'];
      const put = admin.put('/v1/admin/roles/shifting', { permissions }, admin.accessToken).expect(200);
      const twins = await Promise.all([
        put.then(() => undefined),
        ...Array.from({ length: 12 }, async () => {
          const twin = ada.elsewhere();
          await twin.login();
          return twin;
        }),
      ]);
      for (const twin of twins) {
        if (twin === undefined) continue;
        const { status } = await twin.get('/v1/payouts/limits', twin.accessToken);
        const isNew = JSON.stringify(readJws(twin.accessToken).payload['permissions']) === JSON.stringify(permissions);
        expect(status).toBe(isNew ? 200 : 401);
      }
    }
  });

  it('an account that is deleted while it signs in, refreshes and verifies: nothing of it works or stays', async () => {
    const admin = await member(app, 'admin');
    for (let round = 0; round < 3; round++) {
      await admin.stepUp();
      const ada = await Person.withApp(app);
      const { id, username: identifier, password } = ada;
      const answers = await Promise.all([
        ...Array.from({ length: 5 }, () => ada.post('/v1/auth/login', { identifier, password })),
        ada.refresh(),
        admin.delete(`/v1/admin/users/${id}`, admin.accessToken),
        ...Array.from({ length: 5 }, () => ada.post('/v1/auth/login', { identifier, password })),
      ]);
      for (const { status } of answers) expect([200, 204, 401]).toContain(status);
      for (const { body } of answers) {
        const token = (body.accessToken ?? body.mfaToken) as string | undefined;
        if (token === undefined) continue;
        expect((await ada.get('/v1/mfa/factors', token)).status).toBe(401);
      }
      const dataSource = app.nest.get(DataSource);
      const sessions = dataSource.getMetadata('SessionEntity').tablePath;
      expect(await dataSource.query(`SELECT id FROM ${sessions} WHERE user_id = $1`, [id])).toEqual([]);
    }
  });
});
