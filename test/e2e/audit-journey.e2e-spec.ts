import { DataSource } from 'typeorm';
import { AUDIT_EVENT_TYPES } from '../../src/platform/audit/audit-event-types';
import { exportLines } from '../../src/platform/audit/audit-export';
import { AuditTrail } from '../../src/platform/audit/audit-trail';
import { SigningKeyRotation } from '../../src/tokens/signing-keys/signing-key-rotation';
import { newEmail, newPhone, wrongFor } from '../support/destinations';
import { overhear } from '../support/overheard';
import { Forgetful } from '../support/password-recovery';
import { Person } from '../support/person';
import { basic, Service } from '../support/service';
import { member } from '../support/staff';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(120_000); // many requests, on a busy machine

/** Recorded by commands, or by what this journey does not do; other specs have them. */
const ELSEWHERE = [
  'session.risk_assessed',
  'account.enrollment_code_made',
  'account.password_chosen',
  'mfa.factor_compromised',
  'client.created',
  'client.revoked',
  'signing_keys.moved_on',
  'signing_keys.compromised',
  'audit.removed',
];

/** What no request asks for: surplus sessions end by themselves, and keys are a matter of operators. */
const NOBODYS = ['session.ended', 'signing_keys.prepared', 'signing_keys.rotated'];

describe('Audit events of a journey of every kind', () => {
  let app: TestApp;
  let secrets: Map<string, string>;
  let admin: Person;
  let goneId: string;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off' } });
    secrets = overhear();
    await ownAccount(app);
    await secondFactors(app);
    admin = await member(app, 'admin');
    goneId = await administration(app, admin);
    await services(app);
    await app.nest.get(SigningKeyRotation, { strict: false }).run('rotate');
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await app.close();
  });

  const rows = () => {
    const db = app.nest.get(DataSource);
    const table = db.getMetadata('AuditEventEntity').tablePath;
    return db.query<{ type: string; outcome: string; actor: string | null; ip: string | null; text: string }[]>(
      `SELECT type, outcome, actor_id AS actor, ip, e::text AS text FROM ${table} e`,
    );
  };

  it('are of every type that is described', async () => {
    const types = new Set((await rows()).map(({ type }) => type));
    expect(Object.keys(AUDIT_EVENT_TYPES).filter((type) => !types.has(type))).toEqual(ELSEWHERE);
  });

  it('are there for what failed, too', async () => {
    const failed = new Set((await rows()).filter(({ outcome }) => outcome === 'failure').map(({ type }) => type));
    expect([...failed].toSorted()).toEqual(
      expect.arrayContaining([
        'account.created',
        'account.email_verified',
        'account.password_changed',
        'account.password_reset_requested',
        'account.phone_verified',
        'client.authentication_failed',
        'mfa.factor_activated',
        'mfa.verified',
        'session.login',
        'session.reauthenticated',
        'session.refreshed',
      ]),
    );
  });

  it('say where each request came from', async () => {
    const all = await rows();
    const nowhere = all.filter(({ ip }) => ip === null);
    expect(nowhere.filter(({ actor }) => actor !== null)).toEqual([]);
    expect([...new Set(nowhere.map(({ type }) => type))].toSorted()).toEqual(NOBODYS);
    expect(new Set(all.filter(({ ip }) => ip !== null).map(({ ip }) => ip))).toEqual(new Set(['127.0.0.1']));
  });

  it('hold no password, code, token or secret, and neither does their export', async () => {
    const recorded = (await rows()).map(({ text }) => text).join('\n');
    let exported = '';
    for await (const lines of exportLines(app.nest.get(AuditTrail, { strict: false }), {})) exported += lines;
    expect(exported).toContain(goneId);
    const names = new Set(secrets.values());
    for (const name of [
      'password',
      'code',
      'token',
      'accessToken',
      'refreshToken',
      'mfaToken',
      'recoveryCodes',
      'secret',
    ]) {
      expect(names).toContain(name); // It was listened to.
    }
    const found = [...secrets].filter(([secret]) => {
      const bytes = Buffer.from(secret);
      const spellings = [secret, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '')];
      // Six digits may be part of an id or a time.
      const isIn = /^\d{6}$/.test(secret)
        ? (text: string) => new RegExp(String.raw`(?<![\w.-])${secret}(?![\w-])`).test(text)
        : (text: string) => spellings.some((spelling) => text.includes(spelling));
      return isIn(recorded) || isIn(exported);
    });
    expect(found).toEqual([]);
  });

  it('of an account that is gone stay readable to administrators', async () => {
    const path = `/v1/admin/audit-events?subject=${goneId}`;
    const { body } = await admin.get(path, admin.accessToken).expect(200);
    const types = (body.items as { type: string }[]).map(({ type }) => type);
    expect(types[0]).toBe('account.deleted');
    expect(types).toEqual(expect.arrayContaining(['account.registered', 'session.login', 'account.unlocked']));
  });
});

/** Registration, sign-ins good and bad, refreshes, sessions, password, address and number. */
async function ownAccount(app: TestApp): Promise<void> {
  const [email, phone] = [newEmail(), newPhone()];
  const ada = new Person(app);
  ada.email = email;
  const { username, password } = ada;
  await ada.post('/v1/auth/register', { username, password, email, phone }).expect(201);
  await ada.login();
  await ada.elsewhere().post('/v1/auth/login', { identifier: username, password: 'not quite right' }).expect(401);
  // People type their password where the name belongs.
  await ada.post('/v1/auth/login', { identifier: password, password }).expect(401);

  const verifyEmail = (token: string) => ada.post('/v1/users/me/email/verify', { token }, ada.accessToken);
  const verifyPhone = (code: string) => ada.post('/v1/users/me/phone/verify', { code }, ada.accessToken);
  const token = await ada.mailedToken();
  await verifyEmail(token).expect(200);
  await verifyEmail(token).expect(400);
  const code = await ada.codeSentTo(phone);
  await verifyPhone(wrongFor(code)).expect(400);
  await verifyPhone(code).expect(200);
  ada.email = newEmail();
  await ada.put('/v1/users/me/email', { email: ada.email }, ada.accessToken).expect(202);
  await verifyEmail(await ada.mailedToken()).expect(200);
  const next = newPhone();
  await ada.put('/v1/users/me/phone', { phone: next }, ada.accessToken).expect(202);
  await verifyPhone(await ada.codeSentTo(next)).expect(200);

  await ada.post('/v1/auth/reauthenticate', { password: 'wrong for once' }, ada.accessToken).expect(401);
  ada.take((await ada.reauthenticate().expect(200)).body);
  const change = (currentPassword: string, newPassword: string) =>
    ada.put('/v1/users/me/password', { currentPassword, newPassword }, ada.accessToken);
  await change('wrong for twice', 'a shuttle that carries the thread').expect(401);
  await change(ada.password, 'a shuttle that carries the thread').expect(204);
  ada.password = 'a shuttle that carries the thread';

  await ada.login();
  const stale = ada.refreshToken;
  ada.take((await ada.refresh().expect(200)).body);
  ada.take((await ada.refresh().expect(200)).body);
  app.clock.advance(120);
  await ada.refresh(stale).expect(401);
  for (let sessions = 0; sessions < 101; sessions++) await ada.login();
  await ada.delete('/v1/sessions', ada.accessToken).expect(204);
  await ada.post('/v1/auth/logout', { refreshToken: ada.refreshToken }).expect(204);

  const forgetful = new Forgetful(app);
  await forgetful.forgot('nobody at all').expect(202);
  await forgetful.forgot(ada.username).expect(202);
  await forgetful.settled();
  await ada.post('/v1/auth/password/reset', {
    token: await ada.mailedToken(),
    newPassword: 'a pattern of nine hundred cards',
  });
}

/** An app, recovery codes and codes by mail, right and wrong, until a lock. */
async function secondFactors(app: TestApp): Promise<void> {
  const ada = await Person.withEmail(app);
  await ada.enroll();
  const factor = `/v1/mfa/factors/${ada.factorId}`;
  await ada.post(`${factor}/activate`, { code: ada.authenticator.wrongCode() }, ada.accessToken).expect(400);
  await ada.activate();
  const first = ada.factorId;
  app.clock.advance(30);
  await ada.patch(factor, { name: 'The old phone' }, ada.accessToken).expect(200);
  await ada.post('/v1/mfa/recovery-codes', {}, ada.accessToken).expect(201);
  await ada.enrollCodes('email');
  await ada.activateWith(await ada.codeSentTo(ada.email));
  await ada.delete(`/v1/mfa/factors/${ada.factorId}`, ada.accessToken).expect(204);
  await ada.loginWithApp();
  await ada.login();
  for (let tries = 0; tries < 10; tries++) {
    await ada.verify(await ada.challenge(ada.mfaToken, first), ada.authenticator.wrongCode());
  }
}

/** What administrators do to an account, its locks and its end. @returns the account that is gone */
async function administration(app: TestApp, admin: Person): Promise<string> {
  const bob = await Person.withEmail(app);
  const { id } = bob;
  for (let tries = 0; tries < 12; tries++) {
    await bob.post('/v1/auth/login', { identifier: bob.username, password: `guess number ${tries}` }).expect(401);
  }
  const act = (what: string) => admin.post(`/v1/admin/users/${id}/${what}`, {}, admin.accessToken);
  await act('unlock').expect(204);
  await act('sessions/revoke').expect(204);
  await act('mfa/reset').expect(204);
  await act('password/reset').expect(204);
  await admin.patch(`/v1/admin/users/${id}`, { status: 'disabled' }, admin.accessToken).expect(200);
  await admin
    .post('/v1/admin/users', { username: `${bob.username}-2`, email: newEmail() }, admin.accessToken)
    .expect(201);
  await admin.post('/v1/admin/users', { username: bob.username, email: newEmail() }, admin.accessToken).expect(409);
  await admin.put('/v1/admin/roles/reader', { permissions: ['users:read'] }, admin.accessToken);
  await admin.delete('/v1/admin/roles/reader', admin.accessToken).expect(204);
  await admin.delete(`/v1/admin/users/${id}`, admin.accessToken).expect(204);
  return id;
}

async function services(app: TestApp): Promise<void> {
  const service = await Service.registered(app);
  await service.ask('token=nothing', basic(service.id, 'a secret of somebody else')).expect(401);
}
