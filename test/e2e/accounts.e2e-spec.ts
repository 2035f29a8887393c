import type { Response } from 'supertest';
import { DataSource } from 'typeorm';
import type { AccountStatus } from '../../src/users/accounts/account';
import { Accounts } from '../../src/users/accounts/accounts.store';
import { UserEntity } from '../../src/users/accounts/entities/user.entity';
import { Person } from '../support/person';
import { startTestApp, type TestApp } from '../support/test-app';

const USER_KEYS = [
  ...['id', 'username', 'displayName', 'locale', 'email', 'emailVerified', 'phone', 'phoneVerified', 'roles'],
  ...['mfaEnrolled', 'createdAt'],
].sort();
const PASSWORD = 'seven looms in a row';
const DAY = 86_400;

let app: TestApp;
let anyone: Person;

beforeAll(async () => {
  app = await startTestApp();
  anyone = new Person(app);
});
afterAll(() => app.close());

let count = 0;
const newName = () => `account-${++count}`;
const register = (body: object) =>
  anyone.post('/v1/auth/register', { username: newName(), password: PASSWORD, ...body });
const login = (identifier: string, password = PASSWORD) => anyone.post('/v1/auth/login', { identifier, password });
const accessTokenOf = async (identifier: string) => (await login(identifier).expect(200)).body.accessToken as string;
const me = async (token: string) =>
  (await anyone.get('/v1/users/me', token).expect(200)).body as Record<string, unknown>;
const setStatus = async (username: string, status: AccountStatus) => {
  const accounts = app.nest.get(Accounts, { strict: false });
  const id = await accounts.findIdByIdentifier(username);
  await app.nest.get(DataSource).transaction((tx) => accounts.changeRights(tx, id!, { status }));
};
/** All that a client can tell two answers apart by, but for what differs by nature. */
const visible = ({ status, body, headers }: Response) => {
  const problem: object = { ...body, requestId: '' };
  const others: object = { ...headers, date: '' };
  return { status, problem, others };
};

describe('Registration', () => {
  it('answers the account, with exactly the keys of the contract', async () => {
    const contact = { email: 'Ada@Example.com', phone: '+4915112345678', displayName: 'Ada Lovelace', locale: 'en-GB' };
    const { body } = await register({ username: 'Ada.Lovelace', ...contact }).expect(201);
    expect(Object.keys(body as object)).toEqual(['user']);
    expect(Object.keys(body.user as object).sort()).toEqual(USER_KEYS);
    expect(body.user).toMatchObject({
      username: 'Ada.Lovelace',
      ...contact,
      emailVerified: false,
      phoneVerified: false,
      roles: ['user'],
      mfaEnrolled: false,
      createdAt: app.clock.now().toISOString(),
    });
  });

  it('needs nothing but a name and a password', async () => {
    const { body } = await register({}).expect(201);
    expect(body.user).toMatchObject({ email: null, phone: null, displayName: null, locale: null });
  });

  it.each([
    ...[
      'ab',
      'a'.repeat(65),
      'with space',
      'ada@example.com',
      '.ada',
      '-ada',
      '_ada',
      'ada!',
      'ada/x',
      '',
      'ada\u200b',
    ],
    ...['аda', 'ada\u0000', 'ada\n', '😀😀😀', 'ada＠home'],
  ])('refuses the username %j', async (username) => {
    const { body } = await register({ username }).expect(400);
    expect(body).toMatchObject({ code: 'validation_failed', errors: [{ path: 'username' }] });
  });

  it.each(['abc', 'a'.repeat(64), 'ada-1', 'müller', 'Ελένη', '名前です', '123'])('takes the username %s', (username) =>
    register({ username }).expect(201),
  );

  it.each([
    ['email', 'ada'],
    ['email', 'ada@'],
    ['email', 'ada@example'],
    ['email', 'Ada <ada@example.com>'],
    ['email', 'ada@example.com\r\nBcc: eve@example.com'],
    ['email', 'ada@example.com,eve@example.com'],
    ['email', `${'a'.repeat(250)}@example.com`],
    ['phone', '015112345678'],
    ['phone', '+0015112345678'],
    ['phone', '+49'],
    ['phone', '+49 1511 2345678x'],
    ['phone', '+49 1511 2345678'],
    ['phone', '+49-1511-2345678'],
    ['phone', '+4915112345678;ext=7'],
    ['phone', '+1234567890123456'],
    ['displayName', ''],
    ['displayName', 'x'.repeat(129)],
    ['locale', 'x'],
    ['locale', 'not a locale'],
    ['roles', ['admin']],
    ['emailVerified', true],
    ['status', 'active'],
  ])('refuses %s %j', async (field, value) => {
    const username = newName();
    const { body } = await register({ username, [field]: value }).expect(400);
    expect(body.code).toBe('validation_failed');
    expect(body.errors.map(({ path }: { path: string }) => path)).toContain(field);
    await login(username).expect(401);
  });

  it.each([
    ['too_short', 'seven77'],
    ['too_short', '😀😀😀😀😀😀😀'],
    ['too_long', 'long '.repeat(52)],
    ['common', 'qwertyuiop'],
    ['common', 'PassWord1'],
    ['common', 'aaaaaaaaaaaa'],
    ['contains_identity', 'charlotte~1'],
    ['contains_identity', '12CHARLOTTE'],
    ['contains_identity', 'countersign!'],
    ['contains_identity', 'post.box@example.com'],
  ])('says why it refuses a password: %s', async (reason, password) => {
    const { body } = await register({ username: 'charlotte', email: 'post.box@example.com', password }).expect(400);
    expect(body).toMatchObject({ code: 'password_rejected', errors: [{ path: 'password', code: reason }] });
    expect(body.detail).toBe(body.errors[0].message);
    expect(JSON.stringify(body)).not.toContain(password);
  });

  it.each([
    'exactly8',
    'abcdefghijklmnopqrst',
    '😀🎉🚀🌍🌈🍕🎸🧩',
    'пароль из слов',
    ' spaces around ',
    'x'.repeat(80) + 'y',
  ])('takes the password %j, and demands no kinds of characters', async (password) => {
    const username = newName();
    await register({ username, password }).expect(201);
    await login(username, password).expect(200);
    await login(username, password.trim() === password ? `${password} ` : password.trim()).expect(401);
  });

  it.each([
    ['Charlie', 'CHARLIE'],
    ['finnegan', 'ﬁnnegan'],
    ['strasse', 'Straße'],
    ['fullwidth', 'ｆｕｌｌｗｉｄｔｈ'],
    ['andré', 'andre\u0301'],
  ])('keeps %s and %s from being two accounts', async (first, second) => {
    await register({ username: first }).expect(201);
    const { body } = await register({ username: second }).expect(409);
    expect(body.code).toBe('username_taken');
    await login(second).expect(200);
  });

  it('gives a name to one of many who want it at once', async () => {
    const names = ['Contested', 'contested', 'CONTESTED', 'cOnTeStEd', 'contesteD'];
    const answers = await Promise.all(names.map((username) => register({ username })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  });

  it('tells nothing of an address in use', async () => {
    const email = 'in-use@example.com';
    await verified({ email });
    const again = await register({ email }).expect(201);
    const fresh = await register({ email: 'not-in-use@example.com' }).expect(201);
    expect(Object.keys(again.headers as object).sort()).toEqual(Object.keys(fresh.headers as object).sort());
    expect(Object.keys(again.body.user as object)).toEqual(Object.keys(fresh.body.user as object));
    expect(again.body.user).toMatchObject({ email, emailVerified: false });
    expect(await tokensSentTo(email)).toHaveLength(2);
  });
});

describe('Login', () => {
  it('answers an AuthResult with exactly the keys of the contract', async () => {
    const username = newName();
    await register({ username }).expect(201);
    const { body } = await login(username).expect(200);
    expect(Object.keys(body as object).filter((name) => name !== 'deviceToken')).toEqual(
      expect.arrayContaining([
        'status',
        'tokenType',
        'accessToken',
        'expiresIn',
        'refreshToken',
        'refreshExpiresIn',
        'session',
      ]),
    );
    expect(Object.keys(body as object).filter((name) => name !== 'deviceToken')).toHaveLength(7);
    expect(Object.keys(body.session as object).sort()).toEqual(['acr', 'amr', 'authTime', 'id', 'mfaTime']);
    expect(body).toMatchObject({ status: 'authenticated', tokenType: 'Bearer', expiresIn: 300 });
    expect(body.refreshToken).toMatch(/^csr_[A-Za-z0-9_-]+$/);
    expect(body.session).toMatchObject({ authTime: app.clock.now().toISOString(), mfaTime: null });
  });

  it('takes the name in any case', async () => {
    await register({ username: 'MixedCase' }).expect(201);
    for (const name of ['mixedcase', 'MIXEDCASE', 'ｍixedcase']) await login(name).expect(200);
  });

  it('answers an unknown name, a wrong password and a disabled account alike', async () => {
    const [active, disabled] = [newName(), newName()];
    await register({ username: active, email: 'unverified@example.com' }).expect(201);
    await register({ username: disabled }).expect(201);
    await setStatus(disabled, 'disabled');
    const expected = visible(await login(active, 'another password'));
    expect(expected).toMatchObject({ status: 401, problem: { code: 'invalid_credentials' } });
    expect(visible(await login(disabled))).toEqual(expected);
    expect(visible(await login(disabled, 'another password'))).toEqual(expected);
    for (const unknown of [
      'nobody-at-all',
      'nobody@example.com',
      'unverified@example.com',
      ' ',
      `${active} `,
      'ada＠home',
    ]) {
      expect(visible(await login(unknown))).toEqual(expected);
    }
    for (const password of ['', ' ', PASSWORD.toUpperCase(), `${PASSWORD} `, PASSWORD.slice(0, -1), 'x'.repeat(2048)]) {
      expect(visible(await login(active, password))).toEqual(expected);
    }
    await setStatus(disabled, 'active');
    await login(disabled).expect(200);
  });

  it('takes an é in either spelling', async () => {
    const [composed, decomposed] = ['caf\u00e9 con leche', 'cafe\u0301 con leche'];
    const [first, second] = [newName(), newName()];
    await register({ username: first, password: composed }).expect(201);
    await register({ username: second, password: decomposed }).expect(201);
    for (const username of [first, second]) {
      await login(username, composed).expect(200);
      await login(username, decomposed).expect(200);
      await login(username, 'cafe con leche').expect(401);
    }
  });

  it('cuts nothing off a password of 256 characters', async () => {
    const username = newName();
    const password = Array.from({ length: 256 }, (_, n) => String.fromCodePoint(0x61 + ((n * 7) % 26))).join('');
    await register({ username, password: `${password}x` }).expect(400);
    await register({ username, password }).expect(201);
    await login(username, password).expect(200);
    const others = [
      password.slice(0, 255),
      `${password.slice(0, 255)}~`,
      password.slice(0, 72),
      password.slice(0, 128),
      `${password}x`,
    ];
    for (const other of others) await login(username, other).expect(401);
  });

  it('hands out a session of its own each time', async () => {
    const username = newName();
    await register({ username }).expect(201);
    const answers = [await login(username), await login(username)].map(({ body }) => body);
    expect(answers[0].session.id).not.toBe(answers[1].session.id);
    expect(answers[0].refreshToken).not.toBe(answers[1].refreshToken);
  });
});

describe('The profile', () => {
  let username: string;
  let token: string;
  beforeAll(async () => {
    username = newName();
    await register({ username, displayName: 'Somebody', locale: 'de', email: 'some@example.com' }).expect(201);
    token = await accessTokenOf(username);
  });
  const patch = (body: object) => anyone.patch('/v1/users/me', body, token);

  it('has exactly the keys of the contract', async () => {
    expect(Object.keys(await me(token)).sort()).toEqual(USER_KEYS);
    expect(Object.keys((await patch({}).expect(200)).body as object).sort()).toEqual(USER_KEYS);
  });

  it('changes by what is given and nothing else', async () => {
    expect((await patch({ displayName: 'Somebody Else' }).expect(200)).body).toMatchObject({
      displayName: 'Somebody Else',
      locale: 'de',
    });
    expect((await patch({ locale: 'pt-BR' }).expect(200)).body).toMatchObject({
      displayName: 'Somebody Else',
      locale: 'pt-BR',
    });
    expect((await patch({ displayName: null, locale: null }).expect(200)).body).toMatchObject({
      displayName: null,
      locale: null,
      email: 'some@example.com',
      username,
    });
    expect(await me(token)).toMatchObject({ displayName: null, locale: null });
  });

  it.each([
    { username: 'another' },
    { email: 'another@example.com' },
    { emailVerified: true },
    { phone: '+4915112345678' },
    { roles: ['admin'] },
    { id: '019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11' },
    { mfaEnrolled: true },
    { status: 'active' },
    { tokenVersion: 7 },
    { displayName: 7 },
    { displayName: '' },
    { displayName: 'x'.repeat(129) },
    { locale: 'not a locale' },
    { displayName: 'fine', roles: ['admin'] },
  ])('refuses %j', async (body) => {
    const before = await me(token);
    expect((await patch(body).expect(400)).body.code).toBe('validation_failed');
    expect(await me(token)).toEqual(before);
  });
});

describe('The verification of an address', () => {
  const verify = (token: string, accessToken: string) =>
    anyone.post('/v1/users/me/email/verify', { token }, accessToken);
  const resend = (accessToken: string) => anyone.post('/v1/users/me/email/verification', {}, accessToken);
  const expectRefused = ({ status, body, headers }: Response) => {
    expect([status, body.code]).toEqual([400, 'invalid_token']);
    expect(headers).not.toHaveProperty('www-authenticate');
  };
  const withAddress = async (email: string) => {
    const username = newName();
    await register({ username, email }).expect(201);
    return { username, accessToken: await accessTokenOf(username), token: (await tokensSentTo(email))[0]! };
  };

  it('goes by a link to the account page, with the token behind #', async () => {
    const { token } = await withAddress('link@example.com');
    const { body } = await anyone.get('/dev/outbox?to=link@example.com').expect(200);
    expect(body.items).toHaveLength(1);
    expect(body.items[0].text).toContain(`http://localhost:3000/account#verify-email=${token}\n`);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  });

  it('works once', async () => {
    const { accessToken, token } = await withAddress('once@example.com');
    const { body } = await verify(token, accessToken).expect(200);
    expect(Object.keys(body as object).sort()).toEqual(USER_KEYS);
    expect(body).toMatchObject({ email: 'once@example.com', emailVerified: true });
    expectRefused(await verify(token, accessToken));
    expect(await me(accessToken)).toMatchObject({ emailVerified: true });
  });

  it('works once also for many at once', async () => {
    const { accessToken, token } = await withAddress('at-once@example.com');
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => verify(token, accessToken)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400]);
  });

  it('works for a day, to the second', async () => {
    const early = await withAddress('early@example.com');
    const late = await withAddress('late@example.com');
    app.clock.advance(DAY - 1);
    await verify(early.token, await accessTokenOf(early.username)).expect(200);
    app.clock.advance(1);
    expectRefused(await verify(late.token, await accessTokenOf(late.username)));
  });

  it('works only for the account that asked, and is not lost to another', async () => {
    const { accessToken, token } = await withAddress('asked@example.com');
    const other = await withAddress('other@example.com');
    expectRefused(await verify(token, other.accessToken));
    expect(await me(other.accessToken)).toMatchObject({ email: 'other@example.com', emailVerified: false });
    await verify(token, accessToken).expect(200);
  });

  it.each(['x', 'A'.repeat(43), '019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11'])('refuses the token %s', async (token) => {
    const { accessToken } = await withAddress(`forged-${token.slice(0, 4)}@example.com`);
    expectRefused(await verify(token, accessToken));
  });

  it('is of the address that the message went to, never of what the account holds by then', async () => {
    const { username, accessToken, token } = await withAddress('before@example.com');
    const changed = { email: 'after@example.com', emailFolded: 'after@example.com' };
    await app.nest.get(DataSource).getRepository(UserEntity).update({ username }, changed);
    await verify(token, accessToken);
    expect(await me(accessToken)).not.toMatchObject({ email: 'after@example.com', emailVerified: true });
    await login('after@example.com').expect(401);
  });

  it('goes to one of two accounts that claim one address, and the other hears no more than that the link is no good', async () => {
    const email = 'claimed@example.com';
    const first = await withAddress(email);
    const second = await withAddress('Claimed@Example.com');
    expect(second.token).not.toBe(first.token);
    await verify(second.token, second.accessToken).expect(200);
    expectRefused(await verify(first.token, first.accessToken));
    expect(await me(first.accessToken)).toMatchObject({ emailVerified: false });
    const { body } = await anyone.get('/v1/users/me', await accessTokenOf(email)).expect(200);
    expect(body.username).toBe(second.username);
  });

  it('goes to one of two also when both come at once', async () => {
    const email = 'raced@example.com';
    const claims = [await withAddress(email), await withAddress(email)];
    const answers = await Promise.all(claims.map(({ token, accessToken }) => verify(token, accessToken)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
  });

  it('is sent again on demand, and the newer link voids the older', async () => {
    const email = 'again@example.com';
    const { accessToken, token: older } = await withAddress(email);
    await resend(accessToken).expect(202);
    const [newer] = await tokensSentTo(email);
    expect(newer).not.toBe(older);
    expectRefused(await verify(older, accessToken));
    await verify(newer!, accessToken).expect(200);
    expect((await resend(accessToken).expect(404)).body.code).toBe('not_found');
    expect(await tokensSentTo(email)).toHaveLength(2);
  });

  it('is not sent where there is no address', async () => {
    const username = newName();
    await register({ username }).expect(201);
    await resend(await accessTokenOf(username)).expect(404);
  });

  it('lets the address stand for the name at login, and not before', async () => {
    const { username, accessToken, token } = await withAddress('Stand.In@Example.com');
    await login('stand.in@example.com').expect(401);
    await verify(token, accessToken).expect(200);
    expect((await me(accessToken))['email']).toBe('Stand.In@Example.com');
    for (const identifier of ['stand.in@example.com', 'STAND.IN@EXAMPLE.COM', 'Stand.In@Example.com']) {
      expect(await me(await accessTokenOf(identifier))).toMatchObject({ username });
    }
    await login('stand.in@example.com', 'another password').expect(401);
  });
});

describe('The time a login takes', () => {
  it('does not tell an unknown name or a disabled account from a wrong password', async () => {
    // The real cost: it is what would show.
    const slow = await startTestApp({ env: { ARGON2_MEMORY_KIB: '19456', ARGON2_TIME: '2' } });
    try {
      const person = new Person(slow);
      await person.post('/v1/auth/register', { username: 'known-name', password: PASSWORD }).expect(201);
      const timed = async (identifier: string) => {
        const began = process.hrtime.bigint();
        await person.post('/v1/auth/login', { identifier, password: 'another password' }).expect(401);
        return Number(process.hrtime.bigint() - began) / 1e6;
      };
      await timed('known-name'); // warm
      const known: number[] = [];
      const unknown: number[] = [];
      // In turns, so that what else the machine does meets both alike.
      for (let round = 0; round < 15; round++) {
        known.push(await timed('known-name'));
        unknown.push(await timed(`unknown-${round}`));
      }
      // Without a hash for the unknown the ratio would be above five. The lower quartile is what the noise leaves alone.
      const ratio = lowerQuartile(known) / lowerQuartile(unknown);
      expect(ratio).toBeGreaterThan(0.6);
      expect(ratio).toBeLessThan(1.67);
    } finally {
      await slow.close();
    }
  });
});

/** Tokens of the messages to an address, newest first. */
async function tokensSentTo(email: string): Promise<string[]> {
  const { body } = await anyone.get(`/dev/outbox?to=${encodeURIComponent(email)}`).expect(200);
  return (body.items as { data: { token: string } }[]).map(({ data }) => data.token);
}

/** An account whose address is verified. */
async function verified({ email }: { email: string }): Promise<void> {
  const username = newName();
  await register({ username, email }).expect(201);
  const [token] = await tokensSentTo(email);
  await anyone.post('/v1/users/me/email/verify', { token }, await accessTokenOf(username)).expect(200);
}

function lowerQuartile(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 4)]!;
}
