import { DataSource } from 'typeorm';
import { Outbox } from '../../src/platform/notifications/outbox';
import { OutboxDispatcher } from '../../src/platform/notifications/outbox-dispatcher';
import { atOnce, CLIENTS } from '../support/at-once';
import { requirePostgres, type TestDatabase, testDatabase } from '../support/database';
import { FakeClock } from '../support/fake-clock';
import { MailServer } from '../support/mail-server';
import { startTestApp, type TestApp } from '../support/test-app';

describe('The outbox of several processes', () => {
  const apps: TestApp[] = [];
  let database: TestDatabase;
  let mailServer: MailServer;

  beforeAll(async () => {
    requirePostgres();
    database = await testDatabase();
    mailServer = await MailServer.start();
    const env = {
      DOCS: 'off',
      ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 'sealed for this test').toString('base64')}`,
      SMTP_URL: `smtp://127.0.0.1:${mailServer.port}`,
      MAIL_FROM: 'no-reply@example.com',
    };
    const clock = new FakeClock();
    for (let replica = 0; replica < 3; replica++) apps.push(await startTestApp({ database, clock, env }));
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await mailServer.stop();
    await database.drop();
  });

  const addresses = Array.from({ length: CLIENTS }, (_, client) => `client-${client}@example.com`);
  const write = (to: string, client: number) => {
    const { nest } = apps[client % apps.length]!;
    const values = { link: 'https://id.example.com/account#verify-email=token', hours: '24' };
    const message = { channel: 'email', to, template: 'verify-email', languages: [], values } as const;
    return nest.get(Outbox, { strict: false }).send(nest.get(DataSource).manager, message);
  };
  const dispatchEverywhere = () =>
    atOnce((client) => apps[client % apps.length]!.nest.get(OutboxDispatcher, { strict: false }).settled());

  it('sends each message once, whoever finds it', async () => {
    await Promise.all([atOnce((client) => write(addresses[client]!, client)), dispatchEverywhere()]);
    await dispatchEverywhere();
    expect(addresses.map((address) => mailServer.to(address).length)).toEqual(addresses.map(() => 1));
  });

  it('tries each once, where nobody takes it', async () => {
    mailServer.mood = 'defers';
    mailServer.mails.length = 0;
    const before = mailServer.connections;
    await atOnce((client) => write(addresses[client]!, client));
    for (let round = 0; round < 10; round++) await dispatchEverywhere();
    expect(mailServer.connections - before).toBe(CLIENTS);
    mailServer.mood = 'takes';
    apps[0]!.clock.advance(30);
    await dispatchEverywhere();
    expect(addresses.map((address) => mailServer.to(address).length)).toEqual(addresses.map(() => 1));
  });
});
