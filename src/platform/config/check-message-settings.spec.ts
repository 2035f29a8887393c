import { join } from 'node:path';
import { checkMessageSettings } from './check-message-settings';
import { SettingsError } from './load-settings';
import { readSettings } from './settings.module';

const MAIL = { SMTP_URL: 'smtp://ada:hunter2@mail.example.com:587', MAIL_FROM: 'Example <no-reply@example.com>' };
const TWILIO = {
  SMS_PROVIDER: 'twilio',
  TWILIO_ACCOUNT_SID: `AC${'0a'.repeat(16)}`,
  TWILIO_AUTH_TOKEN: 'hunter2',
  TWILIO_FROM: '+15005550006',
};
const WEBHOOK = {
  SMS_PROVIDER: 'webhook',
  SMS_WEBHOOK_URL: 'https://sms.example.com/send?to=hunter2',
  SMS_WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
};

/** Which variables are named, in the order of the message. */
function named(env: Record<string, string | undefined>): string[] {
  try {
    readSettings(env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    expect(error.message).not.toMatch(/hunter2|MfKQ9r8G/);
    return error.problems.map((problem) => problem.split(':', 1)[0] ?? '');
  }
  return [];
}

describe(checkMessageSettings.name, () => {
  it.each([
    ['nothing at all', {}],
    ['a mail server', MAIL],
    ['a mail server on loopback', { ...MAIL, SMTP_URL: 'smtp://localhost:2525' }],
    ['TLS from the start', { ...MAIL, SMTP_URL: 'smtps://[2001:db8::1]' }],
    ['a bare sender', { ...MAIL, MAIL_FROM: 'no-reply@example.com' }],
    ['Twilio by its auth token', TWILIO],
    [
      'Twilio by an API key',
      { ...TWILIO, TWILIO_AUTH_TOKEN: '', TWILIO_API_KEY: `SK${'0a'.repeat(16)}`, TWILIO_API_SECRET: 'hunter2' },
    ],
    [
      'Twilio by a messaging service',
      { ...TWILIO, TWILIO_FROM: '', TWILIO_MESSAGING_SERVICE_SID: `MG${'0a'.repeat(16)}` },
    ],
    ['Twilio with a name for a sender', { ...TWILIO, TWILIO_FROM: 'Example' }],
    ['a webhook', WEBHOOK],
    ['a webhook on loopback', { ...WEBHOOK, SMS_WEBHOOK_URL: 'http://127.0.0.1:8080/send' }],
    ['a folder of templates', { TEMPLATES_DIR: __dirname }],
  ])('takes %s', (_what, env) => {
    expect(named(env)).toEqual([]);
  });

  it.each([
    ['a mail server without a sender', { ...MAIL, MAIL_FROM: '' }, ['MAIL_FROM']],
    ['another scheme', { ...MAIL, SMTP_URL: 'http://hunter2.example.com' }, ['SMTP_URL']],
    ['a switch in the URL', { ...MAIL, SMTP_URL: `${MAIL.SMTP_URL}/?tls.rejectUnauthorized=false` }, ['SMTP_URL']],
    [
      'a password that cannot be decoded',
      { ...MAIL, SMTP_URL: 'smtp://ada:hunter2%zz@mail.example.com' },
      ['SMTP_URL'],
    ],
    ['a port that is none', { ...MAIL, SMTP_URL: 'smtp://mail.example.com:99999' }, ['SMTP_URL']],
    ['a sender with a second line', { ...MAIL, MAIL_FROM: 'A\r\nBcc: hunter2 <a@example.com>' }, ['MAIL_FROM']],
    ['two senders', { ...MAIL, MAIL_FROM: 'a@example.com, b@example.com' }, ['MAIL_FROM']],
    ['a CA that is not there', { ...MAIL, SMTP_CA_FILE: '/nowhere/ca.pem' }, ['SMTP_CA_FILE']],
    ['a CA that is none', { ...MAIL, SMTP_CA_FILE: __filename }, ['SMTP_CA_FILE']],
    ['an unknown provider', { SMS_PROVIDER: 'hunter2' }, ['SMS_PROVIDER']],
    ['Twilio with nothing', { SMS_PROVIDER: 'twilio' }, ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_FROM']],
    ['half an API key', { ...TWILIO, TWILIO_API_SECRET: 'hunter2' }, ['TWILIO_API_KEY']],
    ['Twilio in the clear', { ...TWILIO, TWILIO_API_URL: 'http://api.twilio.com' }, ['TWILIO_API_URL']],
    ['a webhook with nothing', { SMS_PROVIDER: 'webhook' }, ['SMS_WEBHOOK_URL', 'SMS_WEBHOOK_SECRET']],
    ['a webhook in the clear', { ...WEBHOOK, SMS_WEBHOOK_URL: 'http://sms.example.com' }, ['SMS_WEBHOOK_URL']],
    ['a short secret', { ...WEBHOOK, SMS_WEBHOOK_SECRET: 'hunter2' }, ['SMS_WEBHOOK_SECRET']],
    ['no folder of templates', { TEMPLATES_DIR: join(__dirname, 'hunter2') }, ['TEMPLATES_DIR']],
    ['a time-out beyond a minute', { DELIVERY_TIMEOUT: '61' }, ['DELIVERY_TIMEOUT']],
    [
      'many at once',
      { SMTP_URL: MAIL.SMTP_URL, SMS_PROVIDER: 'webhook', TEMPLATES_DIR: '/nowhere' },
      ['MAIL_FROM', 'SMS_WEBHOOK_URL', 'SMS_WEBHOOK_SECRET', 'TEMPLATES_DIR'],
    ],
  ])('refuses %s', (_what, env, variables) => {
    expect(named(env)).toEqual(variables);
  });
});
