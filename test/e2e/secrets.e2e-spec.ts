import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { DatabaseSettings } from '../../src/platform/config/settings/database.settings';
import { SecretBox, SecretBoxError } from '../../src/platform/crypto/secret-box';
import { MfaFactorEntity } from '../../src/mfa/factors/entities/mfa-factor.entity';
import { FactorStore } from '../../src/mfa/factors/factor.store';
import { type TestDatabase, testDatabase } from '../support/database';
import { wrongFor } from '../support/destinations';
import { Person } from '../support/person';
import { startTestApp, type TestApp } from '../support/test-app';
import { TYPESCRIPT } from '../support/typescript';

const MAIN = join(__dirname, '..', '..', 'src', 'main.ts');
const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;

describe('Secrets', () => {
  const keys = key('first');
  let database: TestDatabase;
  let app: TestApp;

  beforeAll(async () => {
    database = await testDatabase();
    app = await startTestApp({ database, env: { ENCRYPTION_KEYS: keys } });
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('appear in clear neither in the log nor in any row of any table', async () => {
    const { secrets, visible } = await wholeJourney(app);
    const dump = await dumpOf(app);
    const log = app.log.join('');

    // The search itself works: it finds what may be seen.
    for (const text of visible) expect(dump).toContain(text);
    expect(log).toContain('/v1/auth/login');

    const found = Object.entries(secrets).flatMap(([name, secret]) =>
      spellingsOf(secret).flatMap((spelling) => [
        ...(dump.includes(spelling) ? [`${name} in the database`] : []),
        ...(log.includes(spelling) ? [`${name} in the log`] : []),
      ]),
    );
    expect(found).toEqual([]);
    expect(Object.values(secrets).filter((secret) => secret.length < 6)).toEqual([]);
  });

  it('are kept as an argon2id hash where they are passwords, with a salt of their own', async () => {
    const people = [await Person.registered(app), await Person.registered(app)];
    const table = app.nest.get(DataSource).getMetadata('PasswordEntity').tablePath;
    const rows = await app.nest.get(DataSource).query<{ hash: string }[]>(`SELECT hash FROM ${table}`);
    expect(rows.length).toBeGreaterThanOrEqual(people.length);
    for (const { hash } of rows)
      expect(hash).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$[A-Za-z0-9+/]{22,}\$[A-Za-z0-9+/]{43}$/);
    expect(new Set(rows.map(({ hash }) => hash)).size).toBe(rows.length);
  });

  describe('that are sealed', () => {
    let factors: MfaFactorEntity[];

    beforeAll(async () => {
      const people = [await Person.withApp(app), await Person.withApp(app)];
      const table = app.nest.get(DataSource).getRepository(MfaFactorEntity);
      factors = await Promise.all(people.map(({ factorId }) => table.findOneByOrFail({ id: factorId })));
    });

    it('do not open in the row of another', () => {
      const [first, second] = factors as [MfaFactorEntity, MfaFactorEntity];
      const store = app.nest.get(FactorStore, { strict: false });
      const open = (factor: object) => store.openSecret(factor as Parameters<FactorStore['openSecret']>[0]);
      expect(open(first)).toHaveLength(20);
      expect(() => open({ ...first, sealedSecret: second.sealedSecret })).toThrow(SecretBoxError);
      expect(() => open({ ...first, id: second.id })).toThrow(SecretBoxError);
    });

    it('do not open with a bit flipped, and the answer says nothing of it', async () => {
      const person = await Person.withApp(app);
      const table = app.nest.get(DataSource).getRepository(MfaFactorEntity);
      const { sealedSecret } = await table.findOneByOrFail({ id: person.factorId });
      const [id, text] = String(sealedSecret).split('.') as [string, string];
      const bytes = Buffer.from(text, 'base64url');
      bytes[bytes.length >> 1]! ^= 1;
      const flipped = `${id}.${bytes.toString('base64url')}` as NonNullable<MfaFactorEntity['sealedSecret']>;
      await table.update({ id: person.factorId }, { sealedSecret: flipped });
      const challenge = await person.challenge(person.accessToken);
      const { body, text: answer } = await person
        .verify(challenge, person.authenticator.code(), person.accessToken)
        .expect(500);
      expect(body.code).toBe('internal_error');
      expect(answer).not.toMatch(/seal|mfa_factors|key/i);
      expect(app.log.join('')).toContain('mfa_factors.');
    });

    it('open where they were sealed', () => {
      const box = app.nest.get(SecretBox, { strict: false });
      const place = { table: 'any', column: 'any', rowId: '1' };
      expect(box.open(box.seal(Buffer.from('x'), place), place)).toEqual(Buffer.from('x'));
      expect(String(box.seal(Buffer.from('x'), place))).toMatch(/^first\./);
    });
  });

  describe('with other ENCRYPTION_KEYS', () => {
    beforeAll(() => app.close());
    afterAll(async () => {
      app = await startTestApp({ database, env: { ENCRYPTION_KEYS: `${key('newest')},${keys}` } });
    });

    it('of another id do not start', async () => {
      const starting = startTestApp({ database, env: { ENCRYPTION_KEYS: key('second') } });
      await expect(starting).rejects.toThrow(/the key "first".* ENCRYPTION_KEYS does not have$/);
    });

    it('of the same id do not start either, and the server says why in plain words', async () => {
      const other = key('first');
      const { code, output } = await runMain({ ...database.env, ENCRYPTION_KEYS: other });
      expect(code).toBe(1);
      expect(output).toMatch(/^ENCRYPTION_KEYS are not those that sealed the secrets in this database: .*\n$/);
      expect(output).not.toContain(other.slice('first:'.length));
    });
  });

  it('open again with the old key behind a new one', async () => {
    const box = app.nest.get(SecretBox, { strict: false });
    expect(String(box.seal(Buffer.from('x'), { table: 'any', column: 'any', rowId: '1' }))).toMatch(/^newest\./);
    await Person.withApp(app);
  });
});

/** Everything a person can do, and every secret that came up on the way. */
async function wholeJourney(app: TestApp): Promise<{ secrets: Record<string, string>; visible: string[] }> {
  const secrets: Record<string, string> = {};
  let count = 0;
  const keep = (name: string, secret: string) => (secrets[`${name} ${++count}`] = secret);
  const keepTokens = ({ accessToken, refreshToken, mfaToken }: Person) => {
    if (accessToken) keep('access token', accessToken);
    if (refreshToken) keep('refresh token', refreshToken);
    if (mfaToken) keep('MFA token', mfaToken);
  };

  const person = new Person(app);
  const email = 'journey@example.com';
  keep('password', person.password);
  await person.post('/v1/auth/register', { username: person.username, password: person.password, email }).expect(201);
  const outbox = await person.get(`/dev/outbox?to=${email}`).expect(200);
  const verification = keep('verification token', outbox.body.items[0].data.token as string);

  // What people do by mistake: a password for a name, a wrong password, a token in the address.
  const mistaken = keep('password for a name', 'my other dear password');
  await person.post('/v1/auth/login', { identifier: mistaken, password: mistaken }).expect(401);
  await person.post('/v1/auth/login', {
    identifier: person.username,
    password: keep('wrong password', 'not quite right 1'),
  });
  await person
    .post('/v1/auth/register', { username: person.username, password: keep('refused password', 'short 1') })
    .expect(400);
  await person.login();
  keepTokens(person);
  await person.get(`/v1/users/me?access_token=${person.accessToken}`).expect(401);
  await person.get('/v1/users/me', `${person.accessToken}x`).expect(401);
  await person.post('/v1/users/me/email/verify', { token: verification }, person.accessToken).expect(200);
  await person.post('/v1/users/me/email/verify', { token: verification }, person.accessToken).expect(400);

  const begun = await person.enroll();
  const { secret, otpauthUri } = begun.body.enrollment as { secret: string; otpauthUri: string };
  keep('TOTP secret', secret);
  keep('otpauth URI', otpauthUri);
  keep('TOTP key', keyOf(secret).toString('latin1'));
  const wrong = keep('wrong code', person.authenticator.wrongCode());
  await person.post(`/v1/mfa/factors/${person.factorId}/activate`, { code: wrong }, person.accessToken).expect(400);
  keep('code', person.authenticator.code());
  await person.activate();
  keepTokens(person);
  for (const code of person.recoveryCodes) keepRecoveryCode(code);
  app.clock.advance(30);

  await person.login();
  keepTokens(person);
  const challenge = await person.challenge();
  await person.verify(challenge, wrong).expect(400);
  await person
    .verify(challenge, keep('code', person.authenticator.code()))
    .expect(200)
    .expect(({ body }) => {
      person.take(body as object);
    });
  keepTokens(person);
  person.take((await person.refresh().expect(200)).body as object);
  keepTokens(person);
  const renewed = await person.post('/v1/mfa/recovery-codes', {}, person.accessToken).expect(201);
  for (const code of renewed.body.codes as string[]) keepRecoveryCode(code);
  const { body } = await person.get('/v1/mfa/factors', person.accessToken).expect(200);
  const recovery = (body.items as { id: string; type: string }[]).find(({ type }) => type === 'recovery_code')!;
  await person.enrollCodes('email');
  const wrongFirst = keep('wrong code', wrongFor(await person.codeSentTo(email)));
  await person
    .post(`/v1/mfa/factors/${person.factorId}/activate`, { code: wrongFirst }, person.accessToken)
    .expect(400);
  await person.activateWith(keep('code', await person.codeSentTo(email)));
  keepTokens(person);
  const sent = await person.challenge(person.accessToken, person.factorId);
  await person.verify(sent, keep('code', await person.codeSentTo(email)), person.accessToken).expect(200);
  await person.login();
  keepTokens(person);
  const last = await person
    .verify(await person.challenge(person.mfaToken, recovery.id), renewed.body.codes[0] as string)
    .expect(200);
  person.take(last.body as object);
  keepTokens(person);
  await person.post('/v1/auth/reauthenticate', { password: person.password }, person.accessToken).expect(200);
  await person.post('/v1/auth/logout', { refreshToken: person.refreshToken }, person.accessToken).expect(204);
  await person.refresh().expect(401);
  return { secrets, visible: [person.username, email, person.sessionId] };

  function keepRecoveryCode(code: string): void {
    keep('recovery code', code);
    keep('recovery code without hyphens', code.replaceAll('-', ''));
  }
}

/** Every column of every row of every table that is ours, as text. */
async function dumpOf(app: TestApp): Promise<string> {
  const dataSource = app.nest.get(DataSource);
  const { schema } = app.nest.get(DatabaseSettings);
  const tables = await dataSource.query<{ name: string }[]>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = $1 AND table_type = 'BASE TABLE'`,
    [schema],
  );
  expect(tables.length).toBeGreaterThan(10);
  const dumps = tables.map(async ({ name }) => {
    const rows = await dataSource.query<{ row: string }[]>(`SELECT t::text AS row FROM "${schema}"."${name}" t`);
    return rows.map(({ row }) => `${name}: ${row}`).join('\n');
  });
  return (await Promise.all(dumps)).join('\n');
}

/** A secret as it is, and as bytes would show in a dump. Six digits alone would be found by chance within other numbers. */
function spellingsOf(secret: string): string[] {
  if (/^[0-9]{6}$/.test(secret))
    return [`"${secret}"`, `,${secret},`, `:${secret}`, ` ${secret} `, `(${secret})`, `=${secret}`];
  const bytes = Buffer.from(secret, 'latin1');
  return [secret, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
}

/** RFC 4648 §6. */
function keyOf(base32: string): Buffer {
  const bits = [...base32].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  return Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** The server as people start it. */
async function runMain(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [...TYPESCRIPT, MAIN], {
    env: {
      ...process.env,
      NODE_ENV: 'test',
      PORT: '0',
      ISSUER: 'http://localhost:3000',
      LOG_LEVEL: 'fatal',
      ARGON2_MEMORY_KIB: '8',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const guard = setTimeout(() => child.kill('SIGKILL'), 50_000);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(guard);
  return { code, output };
}
