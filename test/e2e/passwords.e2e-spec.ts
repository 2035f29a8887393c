import { DataSource } from 'typeorm';
import { type TestDatabase, testDatabase } from '../support/database';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(60_000); // two starts, on a busy machine

describe('A password hashed by settings that were raised since', () => {
  let database: TestDatabase;
  let app: TestApp;
  let person: Person;
  let before: string;

  beforeAll(async () => {
    database = await testDatabase();
    app = await startTestApp({ database, env: { DOCS: 'off', ARGON2_TIME: '1' } });
    const { username } = await Person.registered(app);
    before = await hashOf(username);
    expect(before).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$/);
    await app.close();
    app = await startTestApp({ database, env: { DOCS: 'off', ARGON2_TIME: '3' } });
    person = Person.called(app, username);
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  async function hashOf(username: string): Promise<string> {
    const dataSource = app.nest.get(DataSource);
    const tableOf = (entity: string) => dataSource.getMetadata(entity).tablePath;
    const [row] = await dataSource.query<{ hash: string }[]>(
      `SELECT hash FROM ${tableOf('PasswordEntity')} p JOIN ${tableOf('UserEntity')} u ON u.id = p.user_id
        WHERE u.username = $1`,
      [username],
    );
    return row!.hash;
  }

  it('is hashed anew at the next login, and only when it is right', async () => {
    const { username: identifier, password } = person;
    const wrong = () => person.post('/v1/auth/login', { identifier, password: `${password}!` });
    await refused(wrong(), 401, 'invalid_credentials');
    expect(await hashOf(identifier)).toBe(before);

    await person.login();
    const after = await hashOf(identifier);
    expect(after).toMatch(/^\$argon2id\$v=19\$m=8,t=3,p=1\$/);

    // It is the same password still, and is not hashed once more.
    await refused(wrong(), 401, 'invalid_credentials');
    await person.login();
    await person.reauthenticate().expect(200);
    expect(await hashOf(identifier)).toBe(after);
  });
});
