import { atOnce, CLIENTS, tally } from '../support/at-once';
import { requirePostgres } from '../support/database';
import { newEmail, newPhone, wrongFor } from '../support/destinations';
import { Person } from '../support/person';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(120_000); // hundreds of requests on a busy machine

const HOUR = 3600;

describe('Codes that are sent, with thirty clients at once', () => {
  let app: TestApp;

  beforeAll(async () => {
    requirePostgres();
    app = await startTestApp({ env: { DOCS: 'off', SMS_PER_MINUTE: '14', CODES_PER_DESTINATION: '10' } });
  });
  beforeEach(() => {
    app.clock.advance(HOUR);
  });
  afterAll(() => app.close());

  const begin = (person: Person, body: object) => person.post('/v1/mfa/factors', body, person.accessToken);

  it('the right code for a challenge: one gets in', async () => {
    const email = newEmail();
    const ada = await Person.withCodes(app, 'email', email);
    await ada.login();
    const challenge = await ada.challenge();
    const code = await ada.codeSentTo(email);
    const answers = await atOnce(() => ada.verify(challenge, code));
    expect(tally(answers)['200']).toBe(1);
    ada.take(answers.find(({ status }) => status === 200)!.body);
    await ada.get('/v1/payouts', ada.accessToken).expect(200);
    await ada.refresh().expect(200);
  });

  it('the right first code: the factor is activated once', async () => {
    const email = newEmail();
    const ada = await Person.signedIn(app);
    await ada.enrollCodes('email', email);
    const code = await ada.codeSentTo(email);
    const { accessToken } = ada;
    const path = `/v1/mfa/factors/${ada.factorId}/activate`;
    const answers = await atOnce(() => ada.post(path, { code }, accessToken));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  });

  it('challenges of one factor: no more codes are sent than one destination gets, and only the newest works', async () => {
    const email = newEmail();
    const ada = await Person.withCodes(app, 'email', email);
    await ada.login();
    const answers = await atOnce(() => ada.post('/v1/mfa/challenges', {}, ada.mfaToken));
    expect(tally(answers)).toEqual({ '201': 9, rate_limited: CLIENTS - 9 });
    const codes = await ada.codesSentTo(email);
    expect(codes).toHaveLength(10); // and the one that proved the address
    const tried = [];
    for (const { status, body } of answers) {
      if (status === 201) tried.push(await ada.verify(body.id as string, wrongFor(...codes)));
    }
    expect(tally(tried)).toEqual({ invalid_code: 1, challenge_expired: 8 });
  });

  it('accounts that enroll one address: no more codes are sent than it gets from all of them', async () => {
    const email = newEmail();
    const people = await atOnce(() => Person.signedIn(app));
    const answers = await atOnce((client) => begin(people[client]!, { type: 'email', email }));
    expect(tally(answers)).toEqual({ '201': 10, rate_limited: CLIENTS - 10 });
    expect(await people[0]!.codesSentTo(email)).toHaveLength(10);
  });

  it('accounts that enroll a number each: as many codes are sent as enrolling may cost in a minute', async () => {
    const people = await atOnce(() => Person.signedIn(app));
    const phones = people.map(newPhone);
    const answers = await atOnce((client) => begin(people[client]!, { type: 'sms', phone: phones[client] }));
    expect(tally(answers)).toEqual({ '201': 7, rate_limited: CLIENTS - 7 });
    const sent = await Promise.all(phones.map((phone) => people[0]!.codesSentTo(phone)));
    expect(sent.flat()).toHaveLength(7);
  });

  it('accounts that prove one address of their own: each has its factor, and one has the address', async () => {
    const email = newEmail();
    const people = Array.from({ length: 5 }, () => new Person(app));
    const codes: string[] = [];
    for (const person of people) {
      const { username, password } = person;
      await person.post('/v1/auth/register', { username, password, email }).expect(201);
      await person.login();
      await person.enrollCodes('email');
      codes.push(await person.codeSentTo(email));
    }
    await atOnce((client) => people[client]!.activateWith(codes[client]!), people.length);
    const profiles = await atOnce(
      (client) => people[client]!.get('/v1/users/me', people[client]!.accessToken),
      people.length,
    );
    expect(profiles.map(({ body }) => body.mfaEnrolled as boolean)).toEqual(people.map(() => true));
    expect(profiles.filter(({ body }) => body.emailVerified === true)).toHaveLength(1);
  });

  it('guesses at one address over re-enrolling: ten are looked at', async () => {
    const email = newEmail();
    const ada = await Person.signedIn(app);
    const answers = [];
    for (let begun = 0; begun < 4; begun++) {
      const enrolled = await begin(ada, { type: 'email', email });
      if (enrolled.status !== 201) {
        expect(enrolled.body.code).toBe('rate_limited');
        continue;
      }
      const wrong = wrongFor(await ada.codeSentTo(email));
      const path = `/v1/mfa/factors/${enrolled.body.factor.id as string}/activate`;
      answers.push(...(await atOnce(() => ada.post(path, { code: wrong }, ada.accessToken), 10)));
    }
    expect(tally(answers)).toEqual({ invalid_code: 10, challenge_expired: 10 });
  });
});
