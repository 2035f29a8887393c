import { DataSource } from 'typeorm';
import { UserHousekeeping } from '../../src/users/user-housekeeping';
import { type TestDatabase, testDatabase } from '../support/database';
import { newEmail, newPhone, wrongFor } from '../support/destinations';
import { FakeClock } from '../support/fake-clock';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(60_000); // many requests a test, on a busy machine

const QUARTER_HOUR = 900;
const DAY = 86_400;
const LONG_LIVED = { MFA_TOKEN_TTL: '3600', ACCESS_TOKEN_TTL: '3000' };

describe('Codes that are sent', () => {
  const clock = new FakeClock();
  let database: TestDatabase;
  let app: TestApp;

  const start = (env: Record<string, string> = {}) =>
    startTestApp({ database, clock, env: { DOCS: 'off', ...LONG_LIVED, ...env } });

  beforeAll(async () => {
    database = await testDatabase();
    app = await start();
  });
  beforeEach(() => {
    clock.advance(DAY);
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  const begin = (person: Person, body: object) => person.post('/v1/mfa/factors', body, person.accessToken);
  const challenge = (person: Person) => person.post('/v1/mfa/challenges', {}, person.mfaToken);

  describe('are limited', () => {
    it('to an address that nobody has proven: five in a quarter of an hour, of all accounts together', async () => {
      const email = newEmail();
      const spellings = [email, email.toUpperCase(), email.replace('@', '+1@'), email.replace('@', '+2+3@'), email];
      for (const spelling of spellings) {
        await begin(await Person.signedIn(app), { type: 'email', email: spelling }).expect(201);
        clock.advance(60);
      }
      const ada = await Person.signedIn(app);
      const { body, headers } = await refused(begin(ada, { type: 'email', email }), 429, 'rate_limited');
      expect(headers['retry-after']).toBe(String(QUARTER_HOUR - 300));
      expect(body.detail).not.toMatch(/@|account/);
      expect(await ada.codesSentTo(email)).toHaveLength(2);
      clock.advance(QUARTER_HOUR - 301);
      await refused(begin(ada, { type: 'email', email }), 429, 'rate_limited');
      await begin(ada, { type: 'email', email: newEmail() }).expect(201);
      clock.advance(1);
      await begin(ada, { type: 'email', email }).expect(201);
    });

    it('to a number that nobody has proven: twenty a day', async () => {
      const phone = newPhone();
      for (let sent = 0; sent < 20; sent++) {
        if (sent % 5 === 0) clock.advance(QUARTER_HOUR);
        await begin(await Person.signedIn(app), { type: 'sms', phone }).expect(201);
      }
      clock.advance(QUARTER_HOUR);
      const ada = await Person.signedIn(app);
      const { body } = await refused(begin(ada, { type: 'sms', phone }), 429, 'rate_limited');
      expect(body.retryAfter).toBe(DAY - 4 * QUARTER_HOUR);
      expect(await ada.codesSentTo(phone)).toHaveLength(20);
    });

    it('to a proven one by its account alone: nobody else keeps the owner out', async () => {
      const email = newEmail();
      const ada = await Person.withCodes(app, 'email', email);
      for (let sent = 0; sent < 4; sent++)
        await begin(await Person.signedIn(app), { type: 'email', email }).expect(201);
      await refused(begin(await Person.signedIn(app), { type: 'email', email }), 429, 'rate_limited');
      await ada.login();
      for (let sent = 0; sent < 5; sent++) await challenge(ada).expect(201);
      const { body } = await refused(challenge(ada), 429, 'rate_limited');
      expect(body.retryAfter).toBe(QUARTER_HOUR);
      expect(await ada.codesSentTo(email)).toHaveLength(10);
    });

    it('over all sessions of an account, and the last code that was sent stays good', async () => {
      const email = newEmail();
      const ada = await Person.withCodes(app, 'email', email);
      const devices = [ada, ada.elsewhere(), ada.elsewhere()] as const;
      for (const device of devices) await device.login();
      for (let sent = 0; sent < 4; sent++) await challenge(devices[sent % 3]!).expect(201);
      const last = await devices[2].challenge();
      for (const device of devices) await refused(challenge(device), 429, 'rate_limited');
      await devices[2].verify(last, await ada.codeSentTo(email)).expect(200);
    });

    it('by account: ten an hour, wherever they go; by SMS as many again', async () => {
      const ada = await Person.signedIn(app);
      for (let sent = 0; sent < 10; sent++) await begin(ada, { type: 'email', email: newEmail() }).expect(201);
      const email = newEmail();
      const { body } = await refused(begin(ada, { type: 'email', email }), 429, 'rate_limited');
      expect(body.retryAfter).toBe(3600);
      expect(await ada.codesSentTo(email)).toEqual([]);
      await begin(ada, { type: 'sms', phone: newPhone() }).expect(201);
    });

    it('after a new start as before it, and by SMS in all, half of that for people who sign in', async () => {
      const [email, phone] = [newEmail(), newPhone()];
      const ada = await Person.withCodes(app, 'sms', phone);
      for (let sent = 0; sent < 5; sent++)
        await begin(await Person.signedIn(app), { type: 'email', email }).expect(201);
      await app.close();
      clock.advance(60);
      app = await start({ SMS_PER_MINUTE: '4' });
      await refused(begin(await Person.signedIn(app), { type: 'email', email }), 429, 'rate_limited');

      const eve = await Person.signedIn(app);
      for (let sent = 0; sent < 2; sent++) await begin(eve, { type: 'sms', phone: newPhone() }).expect(201);
      const { body } = await refused(begin(eve, { type: 'sms', phone: newPhone() }), 429, 'rate_limited');
      expect(body.retryAfter).toBe(60);
      const bob = Person.called(app, ada.username);
      await bob.login();
      for (let sent = 0; sent < 2; sent++) await challenge(bob).expect(201);
      await refused(challenge(bob), 429, 'rate_limited');
      clock.advance(60);
      await challenge(bob).expect(201);
    });
  });

  describe('are guessed', () => {
    /** Wrong codes for the factor that the person has just begun. */
    async function guess(person: Person, to: string, times: number): Promise<void> {
      const wrong = wrongFor(await person.codeSentTo(to));
      for (let tries = 0; tries < times; tries++) {
        await refused(activation(person, wrong), 400, 'invalid_code');
      }
    }

    const activation = (person: Person, code: string) =>
      person.post(`/v1/mfa/factors/${person.factorId}/activate`, { code }, person.accessToken);

    it('ten times for one address, however often it is enrolled anew; then the right code is none either', async () => {
      const email = newEmail();
      const ada = await Person.signedIn(app);
      for (const times of [3, 3, 3, 1]) {
        await ada.enrollCodes('email', email);
        await guess(ada, email, times);
      }
      const { body } = await refused(activation(ada, await ada.codeSentTo(email)), 429, 'too_many_attempts');
      expect(body.retryAfter).toBe(DAY);
      const sent = (await ada.codesSentTo(email)).length;
      await refused(begin(ada, { type: 'email', email }), 429, 'rate_limited');
      expect(await ada.codesSentTo(email)).toHaveLength(sent);

      // Neither another address of the account nor the owner of this one has to wait for that.
      const other = newEmail();
      await ada.enrollCodes('email', other);
      await ada.activateWith(await ada.codeSentTo(other));
      await Person.withCodes(app, 'email', email);
    });

    it('thirty times for one address by all accounts together', async () => {
      const email = newEmail();
      for (let account = 0; account < 6; account++) {
        if (account % 5 === 0) clock.advance(QUARTER_HOUR);
        const person = await Person.signedIn(app);
        await person.enrollCodes('email', email);
        await guess(person, email, 5);
      }
      clock.advance(QUARTER_HOUR);
      const ada = await Person.signedIn(app);
      await refused(begin(ada, { type: 'email', email }), 429, 'rate_limited');
      clock.advance(DAY);
      await Person.withCodes(app, 'email', email);
    });

    it('anew once they have proven the address', async () => {
      const email = newEmail();
      const ada = await Person.signedIn(app);
      for (const times of [4, 4]) {
        await ada.enrollCodes('email', email);
        await guess(ada, email, times);
      }
      await ada.activateWith(await ada.codeSentTo(email));
      await ada.enroll();
      await ada.activate();
      await ada.delete(`/v1/mfa/factors/${(await emailFactorOf(ada))!}`, ada.accessToken).expect(204);
      await ada.enrollCodes('email', email);
      await guess(ada, email, 4);
      await ada.activateWith(await ada.codeSentTo(email));
    });

    async function emailFactorOf(person: Person): Promise<string | undefined> {
      const { body } = await person.get('/v1/mfa/factors', person.accessToken).expect(200);
      return (body.items as { id: string; type: string }[]).find(({ type }) => type === 'email')?.id;
    }
  });

  it('live as long as a challenge does, where that is less than ten minutes', async () => {
    const email = newEmail();
    const ada = await Person.withCodes(app, 'email', email);
    await ada.login();
    const { body } = await challenge(ada).expect(201);
    expect(Date.parse(body.expiresAt as string)).toBe(clock.now().getTime() + 300_000);
    clock.advance(300);
    await refused(ada.verify(body.id as string, await ada.codeSentTo(email)), 400, 'challenge_expired');
  });

  it('are counted by HMAC, and no longer than it takes', async () => {
    const email = newEmail();
    await Person.withCodes(app, 'email', email);
    const dataSource = app.nest.get(DataSource);
    const table = dataSource.getMetadata('ContactAttemptEntity').tablePath;
    const rows = () => dataSource.query<{ row: string }[]>(`SELECT t::text AS row FROM ${table} t`);
    expect((await rows()).length).toBeGreaterThan(0);
    expect((await rows()).filter(({ row }) => row.includes(email) || row.includes('example'))).toEqual([]);
    clock.advance(DAY);
    await app.nest.get(UserHousekeeping, { strict: false }).sweep();
    expect(await rows()).toEqual([]);
  });
});
