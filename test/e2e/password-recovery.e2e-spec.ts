import { randomBytes, randomInt } from 'node:crypto';
import { DataSource } from 'typeorm';
import { Accounts } from '../../src/users/accounts/accounts.store';
import { OneTimeTokenStore } from '../../src/users/one-time-tokens/one-time-token.store';
import { auditOf, Forgetful, messagesTo } from '../support/password-recovery';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(120_000);

const NEW_PASSWORD = 'punched cards hold flowers';

let app: TestApp;
let somebody: Forgetful;

beforeAll(async () => {
  app = await startTestApp({ env: { DOCS: 'off' } });
  somebody = new Forgetful(app);
});
afterAll(() => app.close());

async function idOf({ username }: Person): Promise<string> {
  return (await app.nest.get(Accounts, { strict: false }).findIdByIdentifier(username))!;
}

function disable(id: string) {
  const accounts = app.nest.get(Accounts, { strict: false });
  return app.nest.get(DataSource).transaction((tx) => accounts.changeRights(tx, id, { status: 'disabled' }));
}

const loginWith = (person: Person, password: string) =>
  person.post('/v1/auth/login', { identifier: person.username, password });

describe('POST /v1/auth/password/forgot', () => {
  /** Names of accounts that get a link, and of those that get none. */
  async function everyKind(): Promise<Record<string, string>> {
    const disabled = await Person.withEmail(app);
    await disable(await idOf(disabled));
    const unverified = new Person(app);
    const { username, password, email } = unverified;
    await unverified.post('/v1/auth/register', { username, password, email }).expect(201);
    return {
      known: (await Person.withEmail(app)).username,
      'known by address': (await Person.withEmail(app)).email,
      unknown: 'nobody-of-that-name',
      'unknown address': 'nobody@example.com',
      disabled: disabled.email,
      'without a verified address': username,
      'an address that is not verified': email,
      'no name at all': 'a b c',
    };
  }

  it('answers alike whoever is named, and however often', async () => {
    const answers = [];
    for (const identifier of Object.values(await everyKind())) {
      for (let time = 0; time < 5; time++) {
        const { status, text, headers } = await somebody.forgot(identifier);
        delete headers['date'];
        delete headers['x-request-id'];
        answers.push(JSON.stringify({ status, text, headers }));
      }
    }
    expect(answers[0]).toContain('"status":202,"text":""');
    expect(new Set(answers).size).toBe(1);
    await somebody.settled();
  });

  it('takes as long whoever is named', async () => {
    const kinds = Object.values(await everyKind());
    const timed = async (identifier: string) => {
      const began = process.hrtime.bigint();
      await somebody.forgot(identifier).expect(202);
      const took = Number(process.hrtime.bigint() - began) / 1e6;
      await somebody.settled(); // What comes after the answer must not burden the next one.
      return took;
    };
    for (const kind of kinds) await timed(kind); // warm
    const slowestToQuickest = async () => {
      const times = kinds.map((): number[] => []);
      // In turns, so that what else the machine does meets all alike, and in any order, so that what one leaves to do (a mail)
      // does; an hour between rounds, so that links are made.
      for (let round = 0; round < 25; round++) {
        app.clock.advance(3600);
        for (const at of shuffled(kinds.keys())) times[at]!.push(await timed(kinds[at]!));
      }
      // The quicker ones: what else the machine does only adds to the others.
      const quick = times.map(lowerQuartile);
      return Math.max(...quick) / Math.min(...quick);
    };
    // With the link made before the answer, a known account takes several times as long: whenever it is measured. What a busy
    // machine does to one measurement it does not do to six.
    const ratios: number[] = [];
    do ratios.push(await slowestToQuickest());
    while (ratios.at(-1)! >= 1.8 && ratios.length < 6);
    expect(Math.min(...ratios)).toBeLessThan(1.8);
  });

  it('sends a link to the verified address of the account, made of settings and not of headers', async () => {
    const ada = await Person.withEmail(app);
    await somebody.forgot(ada.username).set('host', 'evil.example').set('x-forwarded-host', 'evil.example').expect(202);
    const [link, ...others] = await somebody.links(ada.email);
    expect(others).toEqual([]);
    expect(link!.text).toContain(`http://localhost:3000/account#reset-password=${link!.data.token}\n`);
    expect(link!.text).toContain('30 minutes');
    expect(JSON.stringify(link)).not.toContain('evil');
    expect(Buffer.from(link!.data.token!, 'base64url')).toHaveLength(32);
  });

  it('finds the account by its verified address in any case', async () => {
    const ada = await Person.withEmail(app);
    await somebody.forgot(ada.email.toUpperCase()).expect(202);
    expect(await somebody.links(ada.email)).toHaveLength(1);
  });

  it('sends nothing to an address that is not verified, nor for a disabled account', async () => {
    const kinds = await everyKind();
    for (const identifier of Object.values(kinds)) await somebody.forgot(identifier).expect(202);
    expect(await somebody.links(kinds['an address that is not verified']!)).toEqual([]);
    expect(await somebody.links(kinds['disabled']!)).toEqual([]);
    expect(await somebody.links('nobody@example.com')).toEqual([]);
    expect(await somebody.links(kinds['known by address']!)).toHaveLength(1);
  });

  it('sends three links an hour, and three more the hour after', async () => {
    const ada = await Person.withEmail(app);
    for (let time = 0; time < 6; time++) await somebody.forgot(ada.username).expect(202);
    expect(await somebody.links(ada.email)).toHaveLength(3);
    app.clock.advance(3599);
    await somebody.forgot(ada.email).expect(202);
    expect(await somebody.links(ada.email)).toHaveLength(3);
    app.clock.advance(1);
    for (let time = 0; time < 6; time++) await somebody.forgot(ada.email).expect(202);
    expect(await somebody.links(ada.email)).toHaveLength(6);
  });

  it('changes nothing and locks nothing, however often it is asked', async () => {
    const ada = await Person.withApp(app);
    const { accessToken } = ada;
    for (let time = 0; time < 30; time++) await somebody.forgot(ada.username).expect(202);
    await somebody.settled();
    await ada.get('/v1/payouts', accessToken).expect(200);
    await ada.refresh().expect(200);
    await ada.loginWithApp();
  });

  it('keeps of an unknown name only an HMAC, since people type passwords there', async () => {
    await somebody.forgot('my secret passphrase').expect(202);
    await somebody.settled();
    const event = (await auditOf(app, 'account.password_reset_requested')).at(-1);
    expect(event).toEqual({
      outcome: 'failure',
      actorId: null,
      subjectId: null,
      details: { identifierMac: expect.any(String) },
    });
    expect(app.log.join('')).not.toContain('my secret passphrase');
  });

  it.each([
    ['no identifier', {}],
    ['an empty one', { identifier: '' }],
    ['a number', { identifier: 7 }],
    ['one that is too long', { identifier: 'a'.repeat(255) }],
    ['a NUL, which no database holds', { identifier: 'ada\u0000' }],
    ['an unknown field', { identifier: 'ada', email: 'eve@example.com' }],
  ])('refuses %s', async (_, body) => {
    await refused(new Person(app).post('/v1/auth/password/forgot', body), 400, 'validation_failed');
  });
});

describe('POST /v1/auth/password/reset', () => {
  it('changes the password, ends every session and its tokens, and signs nobody in', async () => {
    const ada = await Person.withEmail(app);
    const elsewhere = ada.elsewhere();
    await elsewhere.login();
    const answer = await somebody.reset(await somebody.link(ada), NEW_PASSWORD).expect(204);
    expect(answer.text).toBe('');
    expect(answer.headers['set-cookie']).toBeUndefined();

    for (const { accessToken, refreshToken } of [ada, elsewhere]) {
      await refused(ada.get('/v1/users/me', accessToken), 401, 'token_invalid');
      await refused(ada.refresh(refreshToken), 401, 'invalid_refresh_token');
    }
    await refused(loginWith(ada, ada.password), 401, 'invalid_credentials');
    const { body } = await loginWith(ada, NEW_PASSWORD).expect(200);
    expect(body).toMatchObject({ status: 'authenticated', session: { acr: 'aal1', amr: ['pwd'] } });
  });

  it('keeps every factor, and ends what a password of before had begun', async () => {
    const ada = await Person.withEmail(app);
    await ada.enroll();
    await ada.activate();
    app.clock.advance(30);
    const half = ada.elsewhere();
    await half.login();
    const challenge = await half.challenge();
    await somebody.reset(await somebody.link(ada), NEW_PASSWORD).expect(204);

    await refused(half.verify(challenge, ada.authenticator.code()), 401, 'token_invalid');
    const { body } = await loginWith(ada, NEW_PASSWORD).expect(200);
    expect(body).toMatchObject({ status: 'mfa_required' });
    expect((body.factors as { type: string }[]).map(({ type }) => type)).toEqual(['totp', 'recovery_code']);
    expect(body).not.toHaveProperty('accessToken');
    ada.take(body);
    const verified = await ada.verify(await ada.challenge(), ada.authenticator.code()).expect(200);
    expect(verified.body.session).toMatchObject({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] });
  });

  it('tells the owner, and the audit log, and keeps secrets out of both', async () => {
    const ada = await Person.withEmail(app);
    const token = await somebody.link(ada);
    await somebody.reset(token, NEW_PASSWORD).expect(204);
    const [notice] = await messagesTo(ada, ada.email);
    expect(notice).toMatchObject({ to: ada.email, subject: 'Countersign: your password was reset' });
    expect(JSON.stringify(notice)).not.toContain(token);
    const events = await auditOf(app, 'account.password_reset');
    expect(events.at(-1)).toEqual({ outcome: 'success', actorId: null, subjectId: await idOf(ada), details: {} });
    for (const secret of [token, NEW_PASSWORD]) {
      expect(JSON.stringify(events)).not.toContain(secret);
      expect(app.log.join('')).not.toContain(secret);
    }
  });

  it('refuses a link that was used', async () => {
    const ada = await Person.withEmail(app);
    const token = await somebody.link(ada);
    await somebody.reset(token, NEW_PASSWORD).expect(204);
    await refused(somebody.reset(token, 'yet another password'), 400, 'invalid_token');
    await loginWith(ada, NEW_PASSWORD).expect(200);
  });

  it('takes a link for 30 minutes', async () => {
    const [ada, ben] = [await Person.withEmail(app), await Person.withEmail(app)];
    const [adas, bens] = [await somebody.link(ada), await somebody.link(ben)];
    app.clock.advance(30 * 60 - 1);
    await somebody.reset(adas, NEW_PASSWORD).expect(204);
    app.clock.advance(1);
    await refused(somebody.reset(bens, NEW_PASSWORD), 400, 'invalid_token');
    await loginWith(ben, ben.password).expect(200);
  });

  it('refuses a link that has a successor', async () => {
    const ada = await Person.withEmail(app);
    const older = await somebody.link(ada);
    const newer = await somebody.link(ada);
    await refused(somebody.reset(older, NEW_PASSWORD), 400, 'invalid_token');
    await somebody.reset(newer, NEW_PASSWORD).expect(204);
  });

  it('refuses a link once the password was changed otherwise', async () => {
    const ada = await Person.withEmail(app);
    const token = await somebody.link(ada);
    const change = { currentPassword: ada.password, newPassword: NEW_PASSWORD };
    await ada.put('/v1/users/me/password', change, ada.accessToken).expect(204);
    await refused(somebody.reset(token, 'yet another password'), 400, 'invalid_token');
    await loginWith(ada, NEW_PASSWORD).expect(200);
  });

  it.each([
    ['has another address', { email: 'after@example.com', emailFolded: 'after@example.com' }],
    ['has the address unverified', { emailVerifiedAt: null }],
    ['has no address', { email: null, emailFolded: null, emailVerifiedAt: null }],
    ['is disabled', { status: 'disabled' }],
  ])('refuses a link once the account %s, for good', async (_, change) => {
    const ada = await Person.withEmail(app);
    const token = await somebody.link(ada);
    const users = app.nest.get(DataSource).getRepository('UserEntity');
    const [id, before] = [await idOf(ada), await users.findOneByOrFail({ username: ada.username })];
    await users.update({ id }, change);
    await refused(somebody.reset(token, NEW_PASSWORD), 400, 'invalid_token');
    await users.update({ id }, before);
    await refused(somebody.reset(token, NEW_PASSWORD), 400, 'invalid_token');
    await ada.get('/v1/users/me', ada.accessToken).expect(200);
    await loginWith(ada, ada.password).expect(200);
  });

  it.each([
    ['too_short', () => 'kR4!vbq'],
    ['too_long', () => 'ab'.repeat(128) + 'c'],
    ['common', () => 'Password123'],
    ['contains_identity', ({ username }: Person) => `${username}!1`],
    ['contains_identity', ({ email }: Person) => email],
  ])('refuses a password as %s by the rules of registration, and uses nothing up', async (reason, passwordOf) => {
    const ada = await Person.withEmail(app);
    const token = await somebody.link(ada);
    const { body } = await refused(somebody.reset(token, passwordOf(ada)), 400, 'password_rejected');
    expect(body.errors).toEqual([{ path: 'newPassword', code: reason, message: expect.any(String) }]);
    await ada.get('/v1/users/me', ada.accessToken).expect(200);
    await somebody.reset(token, NEW_PASSWORD).expect(204);
  });

  it('refuses what is no link, and one that was made for something else', async () => {
    const ada = await Person.withEmail(app);
    const { manager } = app.nest.get(DataSource);
    const others = await app.nest
      .get(OneTimeTokenStore, { strict: false })
      .create(manager, 'verify_email', await idOf(ada), 600, ada.email);
    for (const token of [others, randomBytes(32).toString('base64url'), 'x', ' ']) {
      await refused(somebody.reset(token, NEW_PASSWORD), 400, 'invalid_token');
    }
    // And the other way round.
    const reset = await somebody.link(ada);
    await refused(ada.post('/v1/users/me/email/verify', { token: reset }, ada.accessToken), 400, 'invalid_token');
    await somebody.reset(reset, NEW_PASSWORD).expect(204);
  });

  it('keeps no token that could be used, only its digest', async () => {
    const ada = await Person.withEmail(app);
    const token = await somebody.link(ada);
    const rows = await app.nest.get(DataSource).getRepository('OneTimeTokenEntity').find();
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it.each([
    ['no token', { newPassword: NEW_PASSWORD }],
    ['no password', { token: 'x' }],
    ['a password of 3,000 characters', { token: 'x', newPassword: 'ab'.repeat(1500) }],
    ['a password that is no text', { token: 'x', newPassword: '\ud800'.padEnd(12, 'x') }],
    ['an unknown field', { token: 'x', newPassword: NEW_PASSWORD, username: 'ada' }],
  ])('refuses %s', async (_, body) => {
    await refused(new Person(app).post('/v1/auth/password/reset', body), 400, 'validation_failed');
  });
});

function shuffled<T>(values: Iterable<T>): T[] {
  const rest = [...values];
  return Array.from(rest, () => rest.splice(randomInt(rest.length), 1)[0]!);
}

function lowerQuartile(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)]!;
}
