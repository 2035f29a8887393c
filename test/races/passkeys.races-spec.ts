import { DataSource } from 'typeorm';
import { AuditEventEntity } from '../../src/platform/audit/entities/audit-event.entity';
import { atOnce, tally } from '../support/at-once';
import { requirePostgres } from '../support/database';
import { Passkey } from '../support/passkey';
import { PasskeyHolder, passkeyLogin, passkeyOptions } from '../support/passkey-holder';
import { Person } from '../support/person';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(120_000); // hundreds of requests on a busy machine

describe('Thirty clients at once', () => {
  let app: TestApp;

  beforeAll(async () => {
    requirePostgres();
    app = await startTestApp({ env: { DOCS: 'off' } });
  });
  afterAll(() => app.close());

  const compromised = () =>
    app.nest.get(DataSource).manager.countBy(AuditEventEntity, { type: 'mfa.factor_compromised' });

  it.each([false, true])(
    'with one answer of a passkey: one signs in, and nobody is taken for a copy (counts: %s)',
    async (counts) => {
      const ada = await PasskeyHolder.enrolled(app, new Passkey({ counts }));
      const { challengeId, publicKey } = await passkeyOptions(app);
      const credential = ada.passkey.get(publicKey);
      const answers = await atOnce(() => passkeyLogin(app, { challengeId, credential }));
      expect(tally(answers)).toEqual({ '200': 1, invalid_credentials: 29 });
      expect(await compromised()).toBe(0);
      ada.person.take(answers.find(({ status }) => status === 200)!.body);
      await ada.person.refresh().expect(200);
      expect((await ada.login()).status).toBe(200);
    },
  );

  it('with one answer to one challenge of a second factor: one gets in', async () => {
    const ada = await PasskeyHolder.enrolled(app, new Passkey({ counts: true }));
    await ada.person.login();
    const { mfaToken } = ada.person;
    const { id, publicKey } = await ada.challenge(mfaToken);
    const credential = ada.passkey.get(publicKey);
    const answers = await atOnce(() => ada.verify(id, credential, mfaToken));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status } of answers) expect([200, 400, 401]).toContain(status);
    expect(await compromised()).toBe(0);
  });

  it('with thirty challenges that one counter answers: one signs in, and the others are taken for a copy', async () => {
    const ada = await PasskeyHolder.enrolled(app, new Passkey({ counts: true }));
    const counter = ada.passkey.counter + 1;
    const asked = await atOnce(() => passkeyOptions(app));
    const answers = await atOnce((client) => {
      const { challengeId, publicKey } = asked[client]!;
      return passkeyLogin(app, { challengeId, credential: ada.passkey.get(publicKey, { counter }) });
    });
    expect(tally(answers)).toEqual({ '200': 1, invalid_credentials: 29 });
    expect(await compromised()).toBe(1);
  });

  it('with thirty challenges that a passkey without a counter answers: all sign in', async () => {
    const ada = await PasskeyHolder.enrolled(app, new Passkey());
    const asked = await atOnce(() => passkeyOptions(app));
    const answers = await atOnce((client) => {
      const { challengeId, publicKey } = asked[client]!;
      return passkeyLogin(app, { challengeId, credential: ada.passkey.get(publicKey) });
    });
    expect(tally(answers)).toEqual({ '200': 30 });
  });

  it('from as many accounts with one credential: it belongs to one', async () => {
    const passkey = new Passkey();
    const holders = await atOnce(async () => new PasskeyHolder(app, await Person.signedIn(app), passkey), 10);
    const begun = await atOnce((client) => holders[client]!.begin(), 10);
    const answers = await atOnce((client) => holders[client]!.activate(passkey.create(begun[client]!.publicKey)), 10);
    expect(tally(answers)).toEqual({ '200': 1, invalid_code: 9 });
  });

  it('that begin the first passkey of an account: all are told the same handle', async () => {
    const ada = new PasskeyHolder(app, await Person.signedIn(app));
    const begun = await atOnce(() => ada.begin());
    expect(new Set(begun.map(({ publicKey }) => publicKey.user!.id)).size).toBe(1);
  });
});
