import { Controller, Module, Post } from '@nestjs/common';
import { createHmac } from 'node:crypto';
import request, { type Test } from 'supertest';
import type { MessageSettings } from '../../src/platform/config/settings/message.settings';
import { Public } from '../../src/platform/http/public.decorator';
import { DeliveryError } from '../../src/platform/notifications/delivery/delivery-error';
import { SmtpMailSender } from '../../src/platform/notifications/mail/smtp-mail-sender';
import { Messenger } from '../../src/platform/notifications/messenger';
import { WebhookSmsSender } from '../../src/platform/notifications/sms/webhook-sms-sender';
import { Certificate } from '../support/certificate';
import { FakeClock } from '../support/fake-clock';
import { MailServer, type MailServerMood } from '../support/mail-server';
import { refused } from '../support/refused';
import { type ProviderAnswer, SmsProvider } from '../support/sms-provider';
import { startTestApp, type TestApp } from '../support/test-app';

const CODE = '492039';
const EMAIL = 'ada.lovelace@example.com';
const PHONE = '+4915112345678';
const CREDENTIALS = { user: 'countersign', password: 'the password of the mail server' };
const ACCOUNT_SID = `AC${'0a'.repeat(16)}`;
const AUTH_TOKEN = 'the auth token of Twilio';
const MAIL = { id: '019bfe3a-9d1c-7c55', to: EMAIL, subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' };

/** Routes that send a code to whoever calls. */
@Controller('probe')
class ProbeController {
  constructor(private readonly messenger: Messenger) {}

  @Public()
  @Post('email')
  email(): Promise<void> {
    const values = { code: CODE, minutes: '5' };
    const languages = ['de-AT'];
    const data = { code: CODE };
    return this.messenger.sendNow({ channel: 'email', to: EMAIL, template: 'email-code', languages, values, data });
  }

  @Public()
  @Post('sms')
  sms(): Promise<void> {
    const values = { code: CODE, minutes: '5' };
    return this.messenger.sendNow({ channel: 'sms', to: PHONE, template: 'sms-code', languages: [], values });
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

let certificate: Certificate;
let mailServer: MailServer;
let twilio: SmsProvider;
let app: TestApp;
const smtpUrl = () =>
  `smtp://${CREDENTIALS.user}:${encodeURIComponent(CREDENTIALS.password)}@localhost:${mailServer.port}`;
const send = (channel: 'email' | 'sms'): Test => request(app.url).post(`/probe/${channel}`);

beforeAll(async () => {
  certificate = new Certificate();
  mailServer = await MailServer.start({ certificate, credentials: CREDENTIALS });
  twilio = await SmsProvider.start();
  app = await startTestApp({
    imports: [ProbeModule],
    env: {
      DOCS: 'off',
      DELIVERY_TIMEOUT: '1',
      SMTP_URL: smtpUrl(),
      SMTP_CA_FILE: certificate.file,
      MAIL_FROM: 'Example <no-reply@example.com>',
      SMS_PROVIDER: 'twilio',
      TWILIO_ACCOUNT_SID: ACCOUNT_SID,
      TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      TWILIO_FROM: '+15005550006',
      TWILIO_API_URL: twilio.url,
    },
  });
});
afterAll(async () => {
  await app.close();
  await Promise.all([mailServer.stop(), twilio.stop()]);
  certificate.remove();
});
beforeEach(() => {
  mailServer.mood = 'takes';
  mailServer.mails.length = 0;
  twilio.answer = { status: 201, body: { sid: `SM${'0b'.repeat(16)}`, status: 'queued', to: PHONE } };
  twilio.requests.length = 0;
});

/** A sender to the same server, with the same credentials. */
function senderThatTrusts(smtpCaFile: string | undefined): Promise<SmtpMailSender> {
  const settings = { smtpUrl: smtpUrl(), mailFrom: 'no-reply@example.com', deliveryTimeout: 5 };
  return SmtpMailSender.from({ ...settings, ...(smtpCaFile && { smtpCaFile }) } as MessageSettings, false);
}

/** What was logged meanwhile. */
async function loggedBy(work: () => Promise<unknown>): Promise<string> {
  const before = app.log.length;
  await work();
  return app.log.slice(before).join('');
}

describe('A code by mail', () => {
  it('goes over TLS, in plain text and HTML, from the configured sender', async () => {
    await send('email').expect(201);
    const [mail] = mailServer.to(EMAIL);
    expect(mailServer.mails).toHaveLength(1);
    expect(mail!.isEncrypted).toBe(true);
    expect(mail!.envelope).toEqual({ from: 'no-reply@example.com', to: [EMAIL] });
    expect(mail!.from?.value).toEqual([{ name: 'Example', address: 'no-reply@example.com' }]);
    expect(mail!.subject).toBe('Countersign: Ihr Code');
    expect(mail!.text).toContain(`\n\n${CODE}\n\n`);
    expect(mail!.html).toContain(`<p class="code">${CODE}</p>`);
    expect(mail!.messageId).toMatch(/^<[0-9a-f-]{36}@example\.com>$/);
    expect(mail!.headers.get('auto-submitted')).toBe('auto-generated');
  });

  it('is shown in the development outbox, too', async () => {
    const { body } = await request(app.url).get('/dev/outbox').query({ to: EMAIL }).expect(200);
    expect(body.items[0]).toMatchObject({ channel: 'email', to: EMAIL, data: { code: CODE } });
  });

  it.each<[MailServerMood, RegExp]>([
    ['refuses', /SMTP: RCPT TO 550 EENVELOPE/],
    ['defers', /SMTP: RCPT TO 451 EENVELOPE/],
    ['drops', /SMTP: .*(ECONNECTION|ESOCKET)/],
    ['holds', /SMTP: EABORT/],
    ['ignores', /SMTP: .*(EABORT|ETIMEDOUT)/],
  ])('is answered delivery_failed in time by a server that %s, and the log says why', async (mood, cause) => {
    mailServer.mood = mood;
    const begun = performance.now();
    const logged = await loggedBy(() => refused(send('email'), 503, 'delivery_failed'));
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(logged).toMatch(cause);
    expect(mailServer.mails).toHaveLength(0);
  });

  it('is not sent to a server whose certificate nobody vouches for', async () => {
    const stranger = new Certificate();
    for (const file of [undefined, stranger.file]) {
      const sender = await senderThatTrusts(file);
      await expect(sender.send(MAIL)).rejects.toThrow(/^SMTP: CONN (ESOCKET|ETLS)$/);
    }
    stranger.remove();
    expect(mailServer.mails).toHaveLength(0);
    await (await senderThatTrusts(certificate.file)).send(MAIL);
    expect(mailServer.mails).toHaveLength(1);
  });

  it('takes no address for more than one, nor for a header', async () => {
    const sender = await senderThatTrusts(certificate.file);
    for (const to of [
      'ada@example.com\r\nBcc: eve@example.com',
      'ada@example.com, eve@example.com',
      'ada@example.com> <eve@example.com',
    ]) {
      const subject = 'Hello\r\nBcc: eve@example.com';
      await sender.send({ ...MAIL, to, subject }).catch(() => undefined);
    }
    expect(mailServer.mails.flatMap(({ envelope }) => envelope.to)).not.toContain('eve@example.com');
    for (const { source } of mailServer.mails) expect(source).not.toMatch(/^Bcc:/im);
  });

  it('is answered delivery_failed where nobody listens', async () => {
    const { port } = mailServer;
    await mailServer.stop();
    const logged = await loggedBy(() => refused(send('email'), 503, 'delivery_failed'));
    expect(logged).toMatch(/SMTP: .*ESOCKET/);
    mailServer = await MailServer.start({ certificate, credentials: CREDENTIALS, port });
    await send('email').expect(201);
  });
});

describe('A code by Twilio', () => {
  it('is posted with the credentials, the sender and the number', async () => {
    await send('sms').expect(201);
    const [{ method, path, headers, body }] = twilio.requests as [(typeof twilio.requests)[0]];
    expect(`${method} ${path}`).toBe(`POST /2010-04-01/Accounts/${ACCOUNT_SID}/Messages.json`);
    expect(headers.authorization).toBe(`Basic ${Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString('base64')}`);
    const text = `${CODE} is your code for Countersign. It works for 5 minutes. Tell it to nobody.\n\n@localhost #${CODE}`;
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({ To: PHONE, From: '+15005550006', Body: text });
  });

  const problem = (status: number, code: number) => ({
    status,
    body: { code, message: `The 'To' number ${PHONE} is not valid: ${CODE}`, more_info: 'https://…', status },
  });
  it.each<[string, ProviderAnswer | 'silence' | 'drop', RegExp]>([
    ['knows no such number', problem(400, 21211), /Twilio: HTTP 400, 21211/],
    ['is asked too often', problem(429, 20429), /Twilio: HTTP 429, 20429/],
    ['is in trouble', { status: 500, body: 'oops' }, /Twilio: HTTP 500/],
    ['answers nonsense', { status: 302, headers: { location: 'http://127.0.0.1:9' } }, /Twilio: HTTP 302/],
    ['says nothing', 'silence', /Twilio: no answer/],
    ['hangs up', 'drop', /Twilio: no answer, ECONNRESET/],
  ])('is answered delivery_failed in time where Twilio %s, and the log says why', async (_what, answer, cause) => {
    twilio.answer = answer;
    const begun = performance.now();
    const logged = await loggedBy(() => refused(send('sms'), 503, 'delivery_failed'));
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(logged).toMatch(cause);
  });
});

describe('A text message by webhook', () => {
  const key = Buffer.alloc(32, 7);
  const clock = new FakeClock();
  const message = { id: '019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11', to: PHONE, text: `${CODE} é` };
  let receiver: SmsProvider;
  let sender: WebhookSmsSender;

  beforeAll(async () => {
    receiver = await SmsProvider.start();
    const settings = {
      smsWebhookUrl: `${receiver.url}/send?tenant=1`,
      smsWebhookSecret: key.toString('base64'),
      deliveryTimeout: 1,
    } as MessageSettings;
    sender = new WebhookSmsSender(settings, clock);
  });
  afterAll(() => receiver.stop());

  it('is posted with an id that stays the same, and signed so that a receiver can tell', async () => {
    receiver.answer = { status: 204 };
    await sender.send(message);
    await sender.send(message);
    expect(receiver.requests).toHaveLength(2);
    for (const { method, path, headers, body } of receiver.requests) {
      expect(`${method} ${path}`).toBe('POST /send?tenant=1');
      expect(JSON.parse(body)).toEqual(message);
      expect(headers['webhook-id']).toBe(message.id);
      expect(headers['webhook-timestamp']).toBe(String(clock.nowInSeconds()));
      // As a receiver does it, from docs/messages.md.
      const signed = `${headers['webhook-id'] as string}.${headers['webhook-timestamp'] as string}.${body}`;
      const expected = createHmac('sha256', key).update(signed).digest('base64');
      expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    }
  });

  it.each<[ProviderAnswer | 'silence' | 'drop', boolean, string]>([
    [{ status: 400 }, true, 'HTTP 400'],
    [{ status: 422, body: { to: PHONE } }, true, 'HTTP 422'],
    [{ status: 401 }, false, 'HTTP 401'],
    [{ status: 404 }, false, 'HTTP 404'],
    [{ status: 429 }, false, 'HTTP 429'],
    [{ status: 503 }, false, 'HTTP 503'],
    [{ status: 307, headers: { location: '/elsewhere' } }, false, 'HTTP 307'],
    ['silence', false, 'no answer in time'],
    ['drop', false, 'UND_ERR_SOCKET'],
  ])('that is answered by %j: for good %s', async (answer, isPermanent, cause) => {
    receiver.answer = answer;
    receiver.requests.length = 0;
    const failure: unknown = await sender.send(message).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DeliveryError);
    expect(failure).toMatchObject({ isPermanent, message: `SMS webhook: ${cause}` });
    expect(receiver.requests).toHaveLength(1);
  });
});

describe('The log', () => {
  it.each([
    ['a code', CODE],
    ['an address', EMAIL],
    ['its name alone', 'ada.lovelace'],
    ['a number', PHONE.slice(1)],
    ['the password of the mail server', CREDENTIALS.password],
    ['the same, as SMTP sends it', Buffer.from(`\0${CREDENTIALS.user}\0${CREDENTIALS.password}`).toString('base64')],
    ['the auth token of Twilio', AUTH_TOKEN],
    ['the account at Twilio', ACCOUNT_SID],
  ])('never says %s, whatever went wrong', (_what, secret) => {
    expect(app.log.join('')).toContain('delivery_failed');
    expect(app.log.join('')).not.toContain(secret);
  });
});
