import { FIRST_LOCK_SECONDS } from '../../src/platform/rate-limits/growing-lock';
import { LockNotices } from '../../src/users/password-attempts/lock-notices';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(60_000); // many requests a test, on a busy machine

const MAX = 3;
const DAY = 86_400;
const WRONG = 'a loom that weaves geometry';

describe(LockNotices.name, () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off', LOGIN_MAX_FAILURES: String(MAX) } });
  });
  afterAll(() => app.close());

  const guess = async (identifier: string, times: number) => {
    for (let i = 0; i < times; i++) {
      const login = app.as().post('/v1/auth/login').send({ identifier, password: WRONG });
      await refused(login, 401, 'invalid_credentials');
    }
  };
  const tell = () => app.nest.get(LockNotices, { strict: false }).tell();
  const toldOf = async (person: Person): Promise<number> => {
    const { body } = await person.get(`/dev/outbox?to=${encodeURIComponent(person.email)}`).expect(200);
    return (body.items as { subject: string }[]).filter(({ subject }) => subject.endsWith('your account is locked'))
      .length;
  };

  it('tell the owner of a lock, and nobody of wrong passwords before it', async () => {
    const ada = await Person.withEmail(app);
    await guess(ada.username, MAX - 1);
    await tell();
    expect(await toldOf(ada)).toBe(0);
    await guess(ada.username, 1);
    expect(await toldOf(ada)).toBe(0); // not in the request itself: its time would tell that the account exists
    await tell();
    expect(await toldOf(ada)).toBe(1);
  });

  it('tell once a day at most, however many locks follow and processes look', async () => {
    const ada = await Person.withEmail(app);
    await guess(ada.username, MAX);
    await Promise.all(Array.from({ length: 10 }, tell));
    expect(await toldOf(ada)).toBe(1);
    for (let locks = 1; locks <= 4; locks++) {
      app.clock.advance(FIRST_LOCK_SECONDS * 2 ** locks);
      await guess(ada.username, 1);
      await tell();
    }
    expect(await toldOf(ada)).toBe(1);
    app.clock.advance(DAY);
    await tell();
    expect(await toldOf(ada)).toBe(1); // the lock is over
    await guess(ada.username, 1);
    await tell();
    expect(await toldOf(ada)).toBe(2);
  });

  it('tell no address that is not verified', async () => {
    const ada = await Person.registered(app, { email: 'unproven@example.com' });
    await guess(ada.username, MAX);
    await tell();
    expect(await toldOf(ada)).toBe(0);
  });
});
