import { newPhone, wrongFor } from '../support/destinations';
import { auditOf, Forgetful, messagesTo } from '../support/password-recovery';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(120_000);

const DAY = 86_400;
const QUARTER_HOUR = 900;
const PASSWORD = 'a loom that weaves algebra';

let app: TestApp;
let anyone: Person;
let count = 0;

beforeAll(async () => {
  app = await startTestApp();
  anyone = new Person(app);
});
// SMS are limited in a minute, of all accounts together.
beforeEach(() => {
  app.clock.advance(QUARTER_HOUR);
});
afterAll(() => app.close());

const newAddress = () => `contact-${++count}@example.com`;
const me = async (person: Person) =>
  (await person.get('/v1/users/me', person.accessToken).expect(200)).body as Record<string, unknown>;
const subjectsTo = async (to: string) => (await messagesTo(anyone, to)).map(({ subject }) => subject);
const loginBy = (identifier: string) => anyone.post('/v1/auth/login', { identifier, password: PASSWORD });

describe('A change of address', () => {
  const ask = (person: Person, email: string) => person.put('/v1/users/me/email', { email }, person.accessToken);
  const tokenSentTo = async (email: string) =>
    (await messagesTo(anyone, email)).find(({ data }) => data.token !== undefined)!.data.token!;
  const confirm = (person: Person, token: string) =>
    person.post('/v1/users/me/email/verify', { token }, person.accessToken);
  const invalid = (person: Person, token: string) => refused(confirm(person, token), 400, 'invalid_token');

  it('waits for the link in the new mailbox: until then the old address is the account’s', async () => {
    const ada = await Person.withEmail(app);
    const email = newAddress();
    expect((await ask(ada, email).expect(202)).text).toBe('');
    expect(await me(ada)).toMatchObject({ email: ada.email, emailVerified: true });
    await loginBy(ada.email).expect(200);
    await loginBy(email).expect(401);

    const { body } = await confirm(ada, await tokenSentTo(email)).expect(200);
    expect(body).toMatchObject({ email, emailVerified: true });
    await loginBy(email).expect(200);
    await loginBy(ada.email).expect(401);
  });

  it('is told to the old address twice, when it is asked for and when it is done, and audited', async () => {
    const ada = await Person.withEmail(app);
    const email = newAddress();
    await ask(ada, email).expect(202);
    expect((await subjectsTo(ada.email))[0]).toBe('Countersign: a new e-mail address was asked for');
    await confirm(ada, await tokenSentTo(email)).expect(200);
    expect((await subjectsTo(ada.email))[0]).toBe('Countersign: your e-mail address was changed');
    expect(await subjectsTo(email)).toEqual(['Countersign: confirm your new address']);
    const { id } = ada;
    for (const type of ['account.email_change_requested', 'account.email_changed']) {
      expect((await auditOf(app, type)).filter(({ actorId }) => actorId === id)).toHaveLength(1);
    }
  });

  it('answers alike and asks nobody’s leave where another account has the address, and takes nothing from it', async () => {
    const owner = await Person.withEmail(app);
    const other = await Person.signedIn(app);
    const free = await ask(other, newAddress()).expect(202);
    const taken = await ask(other, owner.email).expect(202);
    expect([taken.text, Object.keys(taken.headers)]).toEqual([free.text, Object.keys(free.headers)]);
    // Even with the link: the address is the owner's.
    await invalid(other, await tokenSentTo(owner.email));
    expect(await me(other)).toMatchObject({ email: null, emailVerified: false });
    expect((await loginBy(owner.email).expect(200)).body.session.id).toBeDefined();
    expect(await me(owner)).toMatchObject({ email: owner.email, emailVerified: true });
  });

  it('is confirmed by the account that asked, and is not lost when another tries', async () => {
    const ada = await Person.withEmail(app);
    const email = newAddress();
    await ask(ada, email).expect(202);
    const token = await tokenSentTo(email);
    await invalid(await Person.signedIn(app), token);
    await confirm(ada, token).expect(200);
    await invalid(ada, token);
  });

  it('goes by the newest link alone, and by what that was sent to', async () => {
    const ada = await Person.withEmail(app);
    const [first, second] = [newAddress(), newAddress()];
    await ask(ada, first).expect(202);
    const older = await tokenSentTo(first);
    await ask(ada, second).expect(202);
    await invalid(ada, older);
    expect(await me(ada)).toMatchObject({ email: ada.email });
    const { body } = await confirm(ada, await tokenSentTo(second)).expect(200);
    expect(body.email).toBe(second);
  });

  it('is sent again to the address that waits, which voids the link before', async () => {
    const ada = await Person.withEmail(app);
    const resend = () => ada.post('/v1/users/me/email/verification', {}, ada.accessToken);
    await refused(resend(), 404, 'not_found');
    const email = newAddress();
    await ask(ada, email).expect(202);
    const older = await tokenSentTo(email);
    await resend().expect(202);
    await invalid(ada, older);
    await confirm(ada, await tokenSentTo(email)).expect(200);
    await refused(resend(), 404, 'not_found');
  });

  it('lapses after a day, to the second', async () => {
    const ada = await Person.withEmail(app);
    const email = newAddress();
    await ask(ada, email).expect(202);
    app.clock.advance(DAY);
    await ada.login();
    await invalid(ada, await tokenSentTo(email));
    expect(await me(ada)).toMatchObject({ email: ada.email, emailVerified: true });
  });

  it('sends five messages to a mailbox in a quarter of an hour, by all accounts, and registration beyond that none', async () => {
    const email = newAddress();
    const people = await Promise.all([1, 2, 3, 4, 5, 6].map(() => Person.signedIn(app)));
    for (const person of people.slice(0, 5)) await ask(person, email).expect(202);
    await refused(ask(people[5]!, email), 429, 'rate_limited');
    await refused(ask(people[5]!, email.replace('@', '+tag@')), 429, 'rate_limited');
    // Registering answers as ever: nobody learns how many asked.
    await Person.registered(app, { email });
    expect(await messagesTo(anyone, email)).toHaveLength(5);
    app.clock.advance(QUARTER_HOUR);
    await people[5]!.login();
    await ask(people[5]!, email).expect(202);
  });

  it('kills a link to choose a new password that is on its way to the old address', async () => {
    const ada = await Person.withEmail(app);
    const somebody = new Forgetful(app);
    somebody.beside((await auditOf(app, 'account.password_reset_requested')).length);
    const link = await somebody.link(ada);
    const email = newAddress();
    await ask(ada, email).expect(202);
    await confirm(ada, await tokenSentTo(email)).expect(200);
    await refused(somebody.reset(link, 'punched cards hold flowers'), 400, 'invalid_token');
    await loginBy(email).expect(200);
  });

  it('makes the mailbox that reset the password no factor: neither before nor after', async () => {
    const ada = await Person.withEmail(app);
    const somebody = new Forgetful(app);
    somebody.beside((await auditOf(app, 'account.password_reset_requested')).length);
    ada.password = 'punched cards hold flowers';
    await somebody.reset(await somebody.link(ada), ada.password).expect(204);
    await ada.login();
    const email = newAddress();
    await ask(ada, email).expect(202);
    await confirm(ada, await tokenSentTo(email)).expect(200);
    const again = ada.post('/v1/mfa/factors', { type: 'email', email: ada.email }, ada.accessToken);
    await refused(again, 403, 'forbidden');
  });

  it('asks an account without a factor for a sign-in of the last ten minutes', async () => {
    const ada = await Person.withEmail(app);
    app.clock.advance(601);
    await ada.refresh().then(({ body }) => {
      ada.take(body as object);
    });
    await refused(ask(ada, newAddress()), 401, 'reauthentication_required');
  });

  it('asks an enrolled account for its second factor, also with a token from before that', async () => {
    const ada = await Person.signedIn(app);
    const before = ada.accessToken;
    await ada.enroll();
    await ada.activate();
    await ask(ada, newAddress()).expect(202);
    const email = newAddress();
    await refused(ada.put('/v1/users/me/email', { email }, before), 401, 'mfa_required');
    expect(await messagesTo(anyone, email)).toEqual([]);
  });

  it('leaves factors where they are: codes go to the old mailbox still', async () => {
    const address = newAddress();
    const ada = await Person.withCodes(app, 'email', address);
    const email = newAddress();
    await ask(ada, email).expect(202);
    await confirm(ada, await tokenSentTo(email)).expect(200);
    await ada.login();
    await ada.challenge();
    expect(await ada.codesSentTo(address)).toHaveLength(2);
    expect(await ada.codesSentTo(email)).toHaveLength(0);
  });

  it.each([[{}], [{ email: 'none' }], [{ email: 5 }], [{ email: 'a@example.com', more: 1 }]])(
    'refuses %j',
    async (body) => {
      const ada = await Person.signedIn(app);
      await refused(ada.put('/v1/users/me/email', body, ada.accessToken), 400, 'validation_failed');
    },
  );
});

describe('A phone number', () => {
  const ask = (person: Person, phone: string) => person.put('/v1/users/me/phone', { phone }, person.accessToken);
  const confirm = (person: Person, code: string) =>
    person.post('/v1/users/me/phone/verify', { code }, person.accessToken);
  const resend = (person: Person) => person.post('/v1/users/me/phone/verification', {}, person.accessToken);
  const withPhone = async (phone: string): Promise<Person> => {
    const person = new Person(app);
    const { username, password } = person;
    await person.post('/v1/auth/register', { username, password, phone }).expect(201);
    await person.login();
    return person;
  };

  it('that is given at registration gets a code, which works once', async () => {
    const phone = newPhone();
    const ada = await withPhone(phone);
    expect(await me(ada)).toMatchObject({ phone, phoneVerified: false });
    const code = await ada.codeSentTo(phone);
    expect((await confirm(ada, code).expect(200)).body).toMatchObject({ phone, phoneVerified: true });
    await refused(confirm(ada, code), 400, 'challenge_expired');
    await refused(resend(ada), 404, 'not_found');
  });

  it('that is no mobile one may be registered, and gets no code', async () => {
    const ada = await withPhone('+4930901820');
    expect(await ada.codesSentTo('+4930901820')).toEqual([]);
    await refused(resend(ada), 404, 'not_found');
  });

  it('is replaced by a new one only once that is confirmed; the old one is told', async () => {
    const [old, next] = [newPhone(), newPhone()];
    const ada = await withPhone(old);
    await confirm(ada, await ada.codeSentTo(old)).expect(200);
    await ask(ada, next.replace('+49151', '+49 151 ')).expect(202);
    expect(await me(ada)).toMatchObject({ phone: old, phoneVerified: true });
    expect((await confirm(ada, await ada.codeSentTo(next)).expect(200)).body).toMatchObject({ phone: next });
    const texts = (await messagesTo(anyone, old)).map(({ text }) => text);
    expect(texts[0]).toContain('the phone number of your account was changed');
    expect(texts[1]).toContain('a new phone number was asked for');
  });

  it('is given five tries a code, and another account’s code is worth nothing', async () => {
    const [mine, others] = [newPhone(), newPhone()];
    const ada = await withPhone(mine);
    const bob = await withPhone(others);
    const code = await ada.codeSentTo(mine);
    const wrong = wrongFor(code, await bob.codeSentTo(others));
    const left = [];
    for (let tries = 0; tries < 4; tries++) {
      left.push((await refused(confirm(ada, wrong), 400, 'invalid_code')).body.attemptsRemaining);
    }
    expect(left).toEqual([4, 3, 2, 1]);
    await refused(confirm(ada, wrong), 400, 'invalid_code');
    await refused(confirm(ada, code), 400, 'challenge_expired');
    await refused(confirm(bob, code), 400, 'invalid_code');
    await confirm(bob, await bob.codeSentTo(others)).expect(200);
  });

  it('is given ten tries a day, however often a code is sent', async () => {
    const phone = newPhone();
    const ada = await withPhone(phone);
    for (let codes = 0; codes < 2; codes++) {
      if (codes > 0) await resend(ada).expect(202);
      const wrong = wrongFor(await ada.codeSentTo(phone));
      for (let tries = 0; tries < 5; tries++) await refused(confirm(ada, wrong), 400, 'invalid_code');
    }
    await refused(resend(ada), 429, 'rate_limited');
    app.clock.advance(DAY);
    await ada.login();
    await ask(ada, phone).expect(202);
    await confirm(ada, await ada.codeSentTo(phone)).expect(200);
  });

  it('is confirmed by the newest code, for as long as it lives', async () => {
    const phone = newPhone();
    const ada = await withPhone(phone);
    const older = await ada.codeSentTo(phone);
    await resend(ada).expect(202);
    const newer = await ada.codeSentTo(phone);
    if (older !== newer) await refused(confirm(ada, older), 400, 'invalid_code');
    app.clock.advance(300);
    await ada.login();
    await refused(confirm(ada, newer), 400, 'challenge_expired');
    await resend(ada).expect(202);
    app.clock.advance(299);
    await confirm(ada, await ada.codeSentTo(phone)).expect(200);
  });

  it('goes to whoever confirms first of two who claim it, in either order', async () => {
    for (const isFirst of [true, false]) {
      app.clock.advance(QUARTER_HOUR);
      const phone = newPhone();
      const ada = await withPhone(phone);
      const adas = await ada.codeSentTo(phone);
      const bob = await withPhone(phone);
      const bobs = await bob.codeSentTo(phone);
      const [winner, loser] = isFirst ? [ada, bob] : [bob, ada];
      await confirm(winner, isFirst ? adas : bobs).expect(200);
      await refused(confirm(loser, isFirst ? bobs : adas), 400, 'invalid_code');
      expect(await me(loser)).toMatchObject({ phoneVerified: false });
      expect(await me(winner)).toMatchObject({ phone, phoneVerified: true });
    }
  });

  it.each(['+49 30 123456', '0151 12345678', '+1'])('may not be %s', async (phone) => {
    const ada = await Person.signedIn(app);
    await refused(ask(ada, phone), 400, 'validation_failed');
  });

  it('asks for who is there, as a change of address does', async () => {
    const ada = await Person.signedIn(app);
    app.clock.advance(601);
    await ada.refresh().then(({ body }) => {
      ada.take(body as object);
    });
    await refused(ask(ada, newPhone()), 401, 'reauthentication_required');
  });
});

describe('The first code to an address that is to become a factor', () => {
  it.each([
    ['en', 'password'],
    ['de', 'Passwort'],
    ['es', 'contraseña'],
  ])('does not say in %s that somebody knows a password; later ones do', async (locale, password) => {
    const email = newAddress();
    const ada = await Person.signedIn(app);
    await ada.patch('/v1/users/me', { locale }, ada.accessToken).expect(200);
    await ada.enrollCodes('email', email);
    expect((await messagesTo(anyone, email))[0]!.text).not.toContain(password);
    await ada.activateWith(await ada.codeSentTo(email));
    await ada.login();
    await ada.challenge();
    expect((await messagesTo(anyone, email))[0]!.text).toContain(password);
  });
});
