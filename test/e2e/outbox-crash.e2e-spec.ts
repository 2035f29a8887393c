import request from 'supertest';
import { OutboxDispatcher } from '../../src/platform/notifications/outbox-dispatcher';
import { ChildServer } from '../support/child-server';
import { type TestDatabase, testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { FakeClock } from '../support/fake-clock';
import { MailServer } from '../support/mail-server';
import { startTestApp } from '../support/test-app';

jest.setTimeout(120_000); // a process of its own, on a busy machine

const PASSWORD = 'a loom that weaves algebra';
const LEASE_SECONDS = 2 + 60; // DELIVERY_TIMEOUT, and what the dispatcher adds

describe('A process that is killed between the commit and the mail', () => {
  let database: TestDatabase;
  let mailServer: MailServer;
  let child: ChildServer | undefined;

  beforeAll(async () => {
    database = await testDatabase();
    mailServer = await MailServer.start();
  });
  afterAll(async () => {
    child?.signal('SIGKILL');
    await child?.ended();
    await mailServer.stop();
    await database.drop();
  });

  it('loses no message, and doubles none that was acknowledged', async () => {
    const env = {
      ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 'sealed for this test').toString('base64')}`,
      DELIVERY_TIMEOUT: '2',
      SMTP_URL: `smtp://127.0.0.1:${mailServer.port}`,
      MAIL_FROM: 'no-reply@example.com',
    };
    const server = (child = await ChildServer.start({ ...database.env, ...env }));
    const register = (username: string) =>
      request(server.url)
        .post('/v1/auth/register')
        .send({ username, password: PASSWORD, email: `${username}@example.com` })
        .expect(201);

    await register('acknowledged');
    await eventually(async () => {
      const { text } = await request(server.url).get('/metrics');
      const isMarked = /^countersign_outbox_oldest_waiting_seconds 0$/m.test(text);
      return isMarked && mailServer.mails.length === 1 ? true : undefined;
    });
    mailServer.mood = 'ignores';
    const before = mailServer.connections;
    await register('committed');
    await eventually(() => (mailServer.connections > before ? true : undefined));
    server.signal('SIGKILL');
    await server.ended();
    expect(mailServer.mails).toHaveLength(1);

    mailServer.mood = 'takes';
    const clock = new FakeClock();
    clock.advance((Date.now() - clock.now().getTime()) / 1000);
    const next = await startTestApp({ database, clock, env: { ...env, DOCS: 'off' } });
    try {
      const dispatcher = next.nest.get(OutboxDispatcher, { strict: false });
      await dispatcher.settled();
      expect(mailServer.mails).toHaveLength(1); // the lease of the dead
      clock.advance(LEASE_SECONDS);
      await dispatcher.settled();
      clock.advance(86_400);
      await dispatcher.settled();
      const told = mailServer.mails.flatMap(({ envelope }) => envelope.to);
      expect(told).toEqual(['acknowledged@example.com', 'committed@example.com']);
    } finally {
      await next.close();
    }
  });
});
