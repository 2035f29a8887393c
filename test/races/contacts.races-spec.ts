import { atOnce, CLIENTS, tally } from '../support/at-once';
import { requirePostgres } from '../support/database';
import { newEmail, newPhone, wrongFor } from '../support/destinations';
import { messagesTo } from '../support/password-recovery';
import { Person } from '../support/person';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(120_000); // hundreds of requests on a busy machine

const HOUR = 3600;

describe('Addresses and numbers, with thirty clients at once', () => {
  let app: TestApp;

  beforeAll(async () => {
    requirePostgres();
    app = await startTestApp({ env: { DOCS: 'off', CODES_PER_DESTINATION: '40', CODES_PER_DESTINATION_DAY: '40' } });
  });
  beforeEach(() => {
    app.clock.advance(HOUR);
  });
  afterAll(() => app.close());

  it('one of thirty accounts that claim an address gets it', async () => {
    const email = newEmail();
    const people: Person[] = [];
    const tokens: string[] = [];
    for (let client = 0; client < CLIENTS; client++) {
      const person = await Person.registered(app, { email });
      await person.login();
      people.push(person);
      tokens.push((await messagesTo(person, email))[0]!.data.token!);
    }
    const answers = await atOnce((client) =>
      people[client]!.post('/v1/users/me/email/verify', { token: tokens[client] }, people[client]!.accessToken),
    );
    expect(tally(answers)).toEqual({ '200': 1, invalid_token: CLIENTS - 1 });
    const owner = people[answers.findIndex(({ status }) => status === 200)]!;
    const login = await owner.post('/v1/auth/login', { identifier: email, password: owner.password }).expect(200);
    expect((await owner.get('/v1/users/me', login.body.accessToken as string)).body.username).toBe(owner.username);
  });

  it('one link is followed once', async () => {
    const ada = await Person.withEmail(app);
    const email = newEmail();
    await ada.put('/v1/users/me/email', { email }, ada.accessToken).expect(202);
    const { token } = (await messagesTo(ada, email))[0]!.data;
    const answers = await atOnce(() => ada.post('/v1/users/me/email/verify', { token }, ada.accessToken));
    expect(tally(answers)).toEqual({ '200': 1, invalid_token: CLIENTS - 1 });
  });

  it('changes of one account: the newest link alone works', async () => {
    const ada = await Person.signedIn(app);
    const emails = Array.from({ length: 10 }, newEmail);
    const asked = await atOnce(
      (client) => ada.put('/v1/users/me/email', { email: emails[client] }, ada.accessToken),
      emails.length,
    );
    expect(tally(asked)).toEqual({ '202': emails.length });
    const tokens: string[] = [];
    for (const email of emails) tokens.push((await messagesTo(ada, email))[0]!.data.token!);
    const answers = await atOnce(
      (client) => ada.post('/v1/users/me/email/verify', { token: tokens[client] }, ada.accessToken),
      emails.length,
    );
    expect(tally(answers)).toEqual({ '200': 1, invalid_token: emails.length - 1 });
  });

  it('wrong codes for a number: five are looked at', async () => {
    const phone = newPhone();
    const ada = await Person.signedIn(app);
    await ada.put('/v1/users/me/phone', { phone }, ada.accessToken).expect(202);
    const code = wrongFor(await ada.codeSentTo(phone));
    const answers = await atOnce(() => ada.post('/v1/users/me/phone/verify', { code }, ada.accessToken));
    expect(tally(answers)).toEqual({ invalid_code: 5, challenge_expired: CLIENTS - 5 });
  });

  it('the right code for a number: one succeeds', async () => {
    const phone = newPhone();
    const ada = await Person.signedIn(app);
    await ada.put('/v1/users/me/phone', { phone }, ada.accessToken).expect(202);
    const code = await ada.codeSentTo(phone);
    const answers = await atOnce(() => ada.post('/v1/users/me/phone/verify', { code }, ada.accessToken));
    expect(tally(answers)).toEqual({ '200': 1, challenge_expired: CLIENTS - 1 });
  });
});
