import request from 'supertest';
import { DataSource, type EntityManager } from 'typeorm';
import { Transactions } from '../../src/platform/database/transactions';
import { OutboxMessageEntity } from '../../src/platform/notifications/entities/outbox-message.entity';
import type { Message } from '../../src/platform/notifications/message';
import { Outbox } from '../../src/platform/notifications/outbox';
import { OutboxDispatcher } from '../../src/platform/notifications/outbox-dispatcher';
import { OutboxHousekeeping } from '../../src/platform/notifications/outbox-housekeeping';
import { UserEntity } from '../../src/users/accounts/entities/user.entity';
import { type Notice, Notices } from '../../src/users/notices/notices';
import { eventually } from '../support/eventually';
import { MailServer } from '../support/mail-server';
import { SmsProvider } from '../support/sms-provider';
import { startTestApp, type TestApp } from '../support/test-app';

const HOUR = 3600;
const DAY = 86_400;
const LINK = 'https://id.example.com/account#verify-email=a-token-that-is-secret';

let mailServer: MailServer;
let receiver: SmsProvider;
let app: TestApp;
let dispatcher: OutboxDispatcher;
let dataSource: DataSource;
let people = 0;

beforeAll(async () => {
  mailServer = await MailServer.start();
  receiver = await SmsProvider.start();
  app = await startTestApp({
    env: {
      DOCS: 'off',
      DELIVERY_TIMEOUT: '2',
      SMTP_URL: `smtp://127.0.0.1:${mailServer.port}`,
      MAIL_FROM: 'no-reply@example.com',
      SMS_PROVIDER: 'webhook',
      SMS_WEBHOOK_URL: receiver.url,
      SMS_WEBHOOK_SECRET: Buffer.alloc(32, 7).toString('base64'),
    },
  });
  dispatcher = app.nest.get(OutboxDispatcher, { strict: false });
  dataSource = app.nest.get(DataSource);
});
afterAll(async () => {
  await app.close();
  await Promise.all([mailServer.stop(), receiver.stop()]);
});
beforeEach(() => {
  mailServer.mood = 'takes';
  receiver.answer = { status: 204 };
  receiver.requests.length = 0;
});

const newAddress = () => `person-${++people}@example.com`;
const link = (to: string, more: Partial<Message> = {}): Message => ({
  channel: 'email',
  to,
  template: 'verify-email',
  languages: [],
  values: { link: LINK, hours: '24' },
  ...more,
});
const inTransaction = <T>(work: (tx: EntityManager) => Promise<T>) =>
  app.nest.get(Transactions, { strict: false }).run(work);
const write = (message: Message) => inTransaction((tx) => app.nest.get(Outbox, { strict: false }).send(tx, message));
const rowOf = (recipient: string) => dataSource.getRepository(OutboxMessageEntity).findOneByOrFail({ recipient });
const arrived = (address: string) => eventually(() => mailServer.to(address)[0]);

/** The series of messages and the age of the oldest that waits. */
async function metrics(): Promise<Map<string, number>> {
  const { text } = await request(app.url).get('/metrics').expect(200);
  const lines = text.split('\n').filter((line) => /^countersign_(messages|outbox)/.test(line));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

describe('A message in the outbox', () => {
  it('goes out by itself once the change that caused it is committed, in the language of the request', async () => {
    const email = newAddress();
    const body = { username: 'grace.hopper', password: 'a loom that weaves algebra', email };
    await request(app.url).post('/v1/auth/register').set('accept-language', 'de-CH,de;q=0.9').send(body).expect(201);
    const mail = await arrived(email);
    expect(mail.subject).toBe('Countersign: Bitte bestätigen Sie Ihre Adresse');
    expect(mail.text).toMatch(/http:\/\/localhost:3000\/account#verify-email=[A-Za-z0-9_-]{43}\n/);
    expect(mail.messageId).toBe(`<${(await rowOf(email)).id}@example.com>`);
  });

  it('never goes out where the change is undone', async () => {
    const email = newAddress();
    const undone = inTransaction(async (tx) => {
      await app.nest.get(Outbox, { strict: false }).send(tx, link(email));
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await dispatcher.settled();
    expect(mailServer.to(email)).toHaveLength(0);
  });

  it('waits for a mail server that is down for an hour, and then arrives once', async () => {
    const { port } = mailServer;
    await mailServer.stop();
    const addresses = Array.from({ length: 12 }, newAddress);
    for (const address of addresses) await write(link(address));
    for (let minute = 0; minute < 60; minute++) {
      await dispatcher.settled();
      app.clock.advance(60);
    }
    const rows = await Promise.all(addresses.map(rowOf));
    for (const { attempts, sentAt, failedAt } of rows) {
      expect({ sentAt, failedAt }).toEqual({ sentAt: null, failedAt: null });
      expect(attempts).toBeLessThan(10); // the pauses grow
      expect(attempts).toBeGreaterThan(4);
    }
    expect((await metrics()).get('countersign_outbox_oldest_waiting_seconds')).toBe(HOUR);

    mailServer = await MailServer.start({ port });
    for (let minute = 0; minute < 90; minute++) {
      await dispatcher.settled();
      app.clock.advance(60);
    }
    expect(addresses.map((address) => mailServer.to(address).length)).toEqual(addresses.map(() => 1));
    expect((await metrics()).get('countersign_outbox_oldest_waiting_seconds')).toBe(0);
  });

  it('is not sent again to an address that the server refuses for good', async () => {
    mailServer.mood = 'refuses';
    const email = newAddress();
    const before = (await metrics()).get('countersign_messages_total{channel="email",outcome="failed"}') ?? 0;
    await write(link(email));
    await dispatcher.settled();
    mailServer.mood = 'takes';
    app.clock.advance(HOUR);
    await dispatcher.settled();
    expect(mailServer.to(email)).toHaveLength(0);
    expect(await rowOf(email)).toMatchObject({ attempts: 1, sentAt: null, nextTryAt: null });
    expect((await rowOf(email)).failedAt).not.toBeNull();
    expect((await metrics()).get('countersign_messages_total{channel="email",outcome="failed"}')).toBe(before + 1);
  });

  it('is given up after three days without an answer', async () => {
    mailServer.mood = 'defers';
    const email = newAddress();
    await write(link(email));
    for (let hour = 0; hour < 73; hour++) {
      await dispatcher.settled();
      app.clock.advance(HOUR);
    }
    const { attempts, failedAt } = await rowOf(email);
    expect(failedAt).not.toBeNull();
    expect(attempts).toBeGreaterThan(12);
    expect(attempts).toBeLessThan(30);
  });

  it('is not sent once it is of no use any more', async () => {
    mailServer.mood = 'defers';
    const [early, late] = [newAddress(), newAddress()];
    await write(link(early, { goodFor: 300 }));
    await write(link(late, { goodFor: 20 }));
    await dispatcher.settled();
    mailServer.mood = 'takes';
    app.clock.advance(60);
    await dispatcher.settled();
    expect([mailServer.to(early).length, mailServer.to(late).length]).toEqual([1, 0]);
    expect((await rowOf(late)).failedAt).not.toBeNull();
  });

  it('is not sent again when at first it could not be written down that it was sent', async () => {
    const email = newAddress();
    const table = dataSource.getMetadata(OutboxMessageEntity).tablePath;
    const check = `CHECK (recipient <> '${email}' OR sent_at IS NULL)`;
    await dataSource.query(`ALTER TABLE ${table} ADD CONSTRAINT never_sent ${check}`);
    await write(link(email));
    await arrived(email);
    await dispatcher.settled();
    expect(await rowOf(email)).toMatchObject({ attempts: 1, sentAt: null });
    await dataSource.query(`ALTER TABLE ${table} DROP CONSTRAINT never_sent`);
    // Whatever the lease says: what was acknowledged is marked, and not sent.
    app.clock.advance(DAY);
    await dispatcher.settled();
    expect((await rowOf(email)).sentAt).not.toBeNull();
    expect(mailServer.to(email)).toHaveLength(1);
  });

  it('goes by SMS as well, with the same id at each try', async () => {
    receiver.answer = { status: 503 };
    const values = { username: 'ada', at: '2026-06-01 12:00 UTC' };
    await write({ channel: 'sms', to: '+4915112345678', template: 'password-changed', languages: ['es'], values });
    await dispatcher.settled();
    receiver.answer = { status: 200 };
    app.clock.advance(30);
    await dispatcher.settled();
    const bodies = receiver.requests.map(({ body }) => JSON.parse(body) as object);
    expect(bodies).toHaveLength(2);
    expect(bodies[1]).toEqual(bodies[0]);
    expect(bodies[0]).toEqual({
      id: (await rowOf('+4915112345678')).id,
      to: '+4915112345678',
      text: 'Countersign: tu contraseña ha cambiado (2026-06-01 12:00 UTC). ¿No fuiste tú? http://localhost:3000/account',
    });
  });

  it('is counted by channel and outcome', async () => {
    const series = await metrics();
    for (const outcome of ['sent', 'retried', 'failed']) {
      expect(series.get(`countersign_messages_total{channel="email",outcome="${outcome}"}`)).toBeGreaterThan(0);
    }
    expect(series.get('countersign_messages_total{channel="sms",outcome="retried"}')).toBe(1);
    expect(series.get('countersign_messages_total{channel="sms",outcome="sent"}')).toBe(1);
  });

  it('is dropped a day after it was sent, and a week after it was written', async () => {
    const housekeeping = app.nest.get(OutboxHousekeeping, { strict: false });
    const rows = dataSource.getRepository(OutboxMessageEntity);
    const [sent, failed] = [newAddress(), newAddress()];
    await write(link(sent));
    await dispatcher.settled();
    mailServer.mood = 'refuses';
    await write(link(failed));
    await dispatcher.settled();
    app.clock.advance(DAY - 1);
    await housekeeping.sweep();
    expect(await rows.countBy({ recipient: sent })).toBe(1);
    app.clock.advance(2);
    await housekeeping.sweep();
    expect(await rows.countBy({ recipient: sent })).toBe(0);
    expect(await rows.countBy({ recipient: failed })).toBe(1);
    app.clock.advance(6 * DAY);
    await housekeeping.sweep();
    expect(await rows.count()).toBe(0);
  });

  it('shows neither its address nor its link to the log, whatever went wrong', () => {
    const log = app.log.join('');
    expect(log).toMatch(/was not taken at try 1: SMTP: /);
    expect(log).toMatch(/is given up at try 1: SMTP: RCPT TO 550 EENVELOPE/);
    expect(log).not.toMatch(/person-\d+@|a-token-that-is-secret|4915112345678/);
  });
});

describe(Notices.name, () => {
  const PHONE = '+4915112345679';

  /** An account with these addresses. @returns its id */
  async function account(columns: Partial<UserEntity>): Promise<string> {
    const username = `noticed-${++people}`;
    const body = { username, password: 'a loom that weaves algebra' };
    const { body: answer } = await request(app.url).post('/v1/auth/register').send(body).expect(201);
    const { id } = answer.user as { id: string };
    await dataSource.getRepository(UserEntity).update({ id }, { displayName: null, ...columns });
    return id;
  }
  const notify = async (userId: string, notice: Notice) => {
    await inTransaction((tx) => app.nest.get(Notices, { strict: false }).send(tx, userId, notice));
    await dispatcher.settled();
  };

  it('tells what happened, to which account and when, in the language of the account', async () => {
    const email = newAddress();
    const id = await account({ email, emailVerifiedAt: app.clock.now(), locale: 'de-AT' });
    await notify(id, { kind: 'factor-added', values: { name: 'Blaues Telefon' } });
    const [mail] = mailServer.to(email);
    const at = app.clock.now().toISOString().slice(0, 16).replace('T', ' ');
    expect(mail!.subject).toBe('Countersign: Ein zweiter Faktor wurde hinzugefügt');
    expect(mail!.text).toContain(`wurde am ${at} UTC ein zweiter Faktor, „Blaues Telefon“, hinzugefügt.`);
    expect(mail!.text).toContain('Waren Sie es nicht');
    expect(receiver.requests).toHaveLength(0);
  });

  it('goes to nobody who has not proved to have the address', async () => {
    const id = await account({ email: newAddress(), phone: PHONE });
    const before = mailServer.mails.length;
    await notify(id, { kind: 'password-changed' });
    expect(mailServer.mails).toHaveLength(before);
    expect(receiver.requests).toHaveLength(0);
  });

  it('goes to the phone where there is no address, or where the change went by the only one', async () => {
    const email = newAddress();
    const id = await account({
      email,
      emailVerifiedAt: app.clock.now(),
      phone: PHONE,
      phoneVerifiedAt: app.clock.now(),
    });
    await notify(id, { kind: 'password-reset', notOnlyTo: email });
    expect(mailServer.to(email)).toHaveLength(1);
    expect(receiver.requests.map(({ body }) => (JSON.parse(body) as { to: string }).to)).toEqual([PHONE]);
  });

  it('goes to the further addresses of the owner, each once', async () => {
    const [email, other] = [newAddress(), newAddress()];
    const id = await account({ email, emailVerifiedAt: app.clock.now() });
    await notify(id, { kind: 'factor-dropped', alsoTo: [other, email, other, PHONE] });
    expect([mailServer.to(email).length, mailServer.to(other).length]).toEqual([1, 1]);
    expect(receiver.requests).toHaveLength(1);
  });

  it('says nothing where the change is undone, or the account is gone', async () => {
    const email = newAddress();
    const id = await account({ email, emailVerifiedAt: app.clock.now() });
    const undone = inTransaction(async (tx) => {
      await app.nest.get(Notices, { strict: false }).send(tx, id, { kind: 'password-changed' });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await notify('019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11', { kind: 'password-changed' });
    expect(mailServer.to(email)).toHaveLength(0);
  });
});

describe(OutboxDispatcher.name, () => {
  it('finishes what it is handing over when the service stops, and begins nothing more', async () => {
    mailServer.mood = 'holds';
    const [begun, later] = [newAddress(), newAddress()];
    const before = mailServer.connections;
    await write(link(begun));
    await eventually(() => (mailServer.connections > before ? true : undefined));
    await dispatcher.beforeApplicationShutdown();
    // Not taken in time: back in the outbox, for whoever comes next, with no lease to wait for.
    expect(await rowOf(begun)).toMatchObject({ attempts: 1, sentAt: null, nextTryAt: app.clock.in(30) });
    mailServer.mood = 'takes';
    await write(link(later));
    await dispatcher.settled();
    expect(await rowOf(later)).toMatchObject({ attempts: 0, sentAt: null });
    expect(mailServer.to(later)).toHaveLength(0);
  });
});
