import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { MessageSettings } from '../../config/settings/message.settings';
import type { ServerSettings } from '../../config/settings/server.settings';
import type { Message } from '../message';
import { MessageRenderer } from './message-renderer';
import { MESSAGE_TEMPLATES } from './message-templates';
import { TemplateCatalogue, type TemplateFeature } from './template-catalogue';

const LANGUAGES = ['en', 'de', 'es'];
const SAMPLES: Record<string, string> = {
  link: 'https://id.example.com/account#verify-email=Qm9-q3nVx0u2Yw8Zt6Lr1Kp5Sd7Fg4Hj9Cb0Na2Me3',
  code: '492039',
  minutes: '5',
  hours: '24',
  username: 'ada.lovelace',
  at: '2026-06-01 12:00 UTC',
  remaining: '3',
  name: 'Blue phone',
  warning: 'recovery_codes_low',
  email: 'a•••@example.com',
  device: 'Chrome on Windows',
  ip: '2001:db8::7',
};
const EVERY_MESSAGE = Object.entries(MESSAGE_TEMPLATES).flatMap(([template, { channels, values, optional = [] }]) =>
  channels.flatMap((channel) =>
    LANGUAGES.map((language) => ({ template, channel, language, names: [...values], all: [...values, ...optional] })),
  ),
);

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder of templates. */
function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-templates-'));
  folders.push(folder);
  for (const [name, source] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), source);
  }
  return folder;
}

function rendererOf(settings: Partial<MessageSettings> = {}, feature?: TemplateFeature): MessageRenderer {
  const server = { appName: 'Countersign', appUrl: 'https://id.example.com/account' } as ServerSettings;
  const catalogue = new TemplateCatalogue();
  if (feature) catalogue.register(feature);
  const renderer = new MessageRenderer(catalogue, settings as MessageSettings, server);
  renderer.onModuleInit();
  return renderer;
}

const renderer = rendererOf();
const message = (parts: Partial<Message>): Message => ({
  channel: 'email',
  to: 'ada@example.com',
  template: 'email-code',
  languages: ['en'],
  values: { code: '492039', minutes: '5' },
  ...parts,
});

/** The alphabet of a text message: 160 letters of it go into one (3GPP TS 23.038 §6.2.1). */
const GSM_7 = /^[A-Za-z0-9@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./:;<=>?¡ÄÖÑÜ§¿äöñüà\r\n]*$/;

describe(MessageRenderer.name, () => {
  it.each(EVERY_MESSAGE)('writes $template by $channel in $language', ({ template, channel, language, names, all }) => {
    for (const given of [names, all]) {
      const values = Object.fromEntries(given.map((name) => [name, SAMPLES[name]!]));
      const {
        subject,
        text,
        html = '',
      } = renderer.render(message({ template, channel, languages: [language], values }));
      expect(subject).toMatch(channel === 'sms' ? /^Countersign$/ : /^Countersign: \S.{5,60}$/);
      expect(`${subject}${text}${html}`).not.toMatch(/\{\{|\}\}|undefined|null|\n{3}| ,|,,|\(\)/);
      for (const name of given.filter((each) => channel === 'email' || each !== 'username')) {
        if (channel === 'sms' && ['minutes', 'hours', 'name', 'email', 'device', 'ip'].includes(name)) continue;
        // A word for the template to decide by, not for the reader.
        if (name !== 'warning') expect(text).toContain(values[name]);
      }
      if (channel === 'sms') expect(text.length).toBeLessThan(200);
      if (channel === 'email') expect(html).toContain(`<html lang="${language}">`);
    }
  });

  it.each(LANGUAGES.flatMap((language) => (['email', 'sms'] as const).map((channel) => ({ language, channel }))))(
    'warns when few recovery codes are left, and only then: $language by $channel',
    ({ language, channel }) => {
      const { values: names } = MESSAGE_TEMPLATES['recovery-code-used']!;
      const values = Object.fromEntries(names.map((name) => [name, SAMPLES[name]!]));
      const say = (more: Record<string, string>) =>
        renderer.render(
          message({ template: 'recovery-code-used', channel, languages: [language], values: { ...values, ...more } }),
        ).text;
      expect(say({ warning: 'recovery_codes_low' }).length).toBeGreaterThan(say({}).length + 15);
    },
  );

  it.each(LANGUAGES)('puts a code by SMS into one message, where a phone finds it: %s', (language) => {
    const sms = message({ channel: 'sms', to: '+4915112345678', template: 'sms-code', languages: [language] });
    const { text } = renderer.render(sms);
    expect(text).toMatch(GSM_7);
    expect(text.length).toBeLessThanOrEqual(160);
    // https://wicg.github.io/sms-one-time-codes: the last line, by host.
    expect(text.split('\n').at(-1)).toBe('@id.example.com #492039');
  });

  it.each([
    [['de'], 'Ihr Code'],
    [['de-AT'], 'Ihr Code'],
    [['de_CH'], 'Ihr Code'],
    [['es-MX,es;q=0.9,en;q=0.1'], 'tu código'],
    [['fr-FR,fr;q=0.9,de;q=0.8,en;q=0.7'], 'Ihr Code'],
    [['en;q=0.2, es'], 'tu código'],
    [['fr', 'es', 'de'], 'tu código'],
    [['fr'], 'your code'],
    [['*'], 'your code'],
    [[''], 'your code'],
    [[';;,=q,\u0000'], 'your code'],
    [['de'.repeat(5000)], 'your code'],
    [[], 'your code'],
  ])('takes the best language there is for %j', (languages, subject) => {
    expect(renderer.render(message({ languages })).subject).toBe(`Countersign: ${subject}`);
  });

  it('shows the code in large type, and the link as a link without its token', () => {
    const { html } = renderer.render(message({}));
    expect(html).toContain('<p class="code">492039</p>');
    const link = SAMPLES['link']!;
    const mail = renderer.render(message({ template: 'verify-email', values: { link, hours: '24' } }));
    expect(mail.text).toContain(`\n\n${link}\n\n`);
    expect(mail.html).toContain(
      `<p class="link"><a href="${link.replaceAll('=', '&#x3D;')}">https://id.example.com/account</a></p>`,
    );
  });

  it('escapes in HTML, and leaves plain text alone', () => {
    const name = `<img src=x onerror="alert(1)"> & 'co'`;
    const values = { username: 'ada', at: 'now', name };
    const { text, html } = renderer.render(message({ template: 'factor-added', values }));
    expect(text).toContain(name);
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img src&#x3D;x onerror&#x3D;&quot;alert(1)&quot;&gt; &amp; &#x27;co&#x27;');
  });

  it.each(['\r\n', '\n', '\r', '\u2028', '\u0000', '\u0085'])('lets no value begin a line: %j', (lineBreak) => {
    const name = `Phone${lineBreak}Bcc: eve@example.com${lineBreak}${lineBreak}Your account is closed.`;
    const values = { username: 'ada', at: 'now', name };
    const { text } = renderer.render(message({ template: 'factor-added', values }));
    expect(text).toMatch(/“Phone Bcc: eve@example\.com Your account is closed\.”/);
  });

  it('lets no value into a second line of the subject', () => {
    const templatesDir = folderWith({ 'en/factor-added.txt.hbs': 'Subject: {{name}} is new\n\nIt is {{name}}.\n' });
    const values = { username: 'ada', at: 'now', name: 'Phone\r\nBcc: eve@example.com' };
    const { subject } = rendererOf({ templatesDir }).render(message({ template: 'factor-added', values }));
    expect(subject).toBe('Phone Bcc: eve@example.com is new');
  });

  it('names who can help where there is somebody, and nobody where there is not', () => {
    const values = { username: 'ada', at: 'now' };
    const notice = message({ template: 'password-changed', values });
    expect(renderer.render(notice).text).toMatch(/do not know\.$/);
    const { text } = rendererOf({ supportContact: 'help@example.com' }).render(notice);
    expect(text).toMatch(/we can help: help@example\.com$/);
  });

  it('takes a template of a team file by file, and a language of its own', () => {
    const templatesDir = folderWith({
      'de/email-code.txt.hbs': 'Subject: Code\n\nDein Code: {{code}}',
      'de/email-code.html.hbs': '<h1>{{code}}</h1>',
      'fr/email-code.txt.hbs': 'Subject: {{appName}} : votre code\n\n{{code}}',
      'layout.html.hbs': '<html lang="{{language}}">{{{body}}}</html>',
    });
    const own = rendererOf({ templatesDir });
    const german = own.render(message({ languages: ['de'] }));
    expect(german).toMatchObject({ subject: 'Code', text: 'Dein Code: 492039' });
    expect(german.html).toBe('<html lang="de"><h1>492039</h1></html>');
    expect(own.render(message({ languages: ['fr-CA'] })).subject).toBe('Countersign : votre code');
    expect(own.render(message({ languages: ['es'] })).subject).toBe('Countersign: tu código');
  });

  it.each([
    ['en/email-code.txt.hbs', 'Subject: x\n\n{{cod}}', '{{cod}} is filled in by nobody'],
    ['fr/email-code.txt.hbs', 'Subject: x\n\n{{remaining}}', '{{remaining}} is filled in by nobody'],
    ['en/email-code.txt.hbs', 'Subject: x\n\n{{#if code', 'does not parse'],
    ['en/email-code.txt.hbs', 'Subject: x\n\n{{> nobody}}', '{{> nobody}} is no partial here'],
    ['en/email-code.txt.hbs', 'Subject: x\n\n{{#each code}}{{/each}}', '{{#each}} is no helper'],
    ['en/email-code.txt.hbs', 'Subject: x\n\n{{lookup code "length"}}', '{{lookup …}} is no helper'],
    ['en/email-code.txt.hbs', 'Subject: x\n\n{{code.constructor}}', '{{code.constructor}} is filled in by nobody'],
    ['en/email-code.txt.hbs', 'Your code is {{code}}', 'must begin with "Subject: …" and an empty line'],
    ['en/email-code.html.hbs', '<p>{{{code}}}</p>', '{{{code}}} is not escaped'],
    ['en/email-code.html.hbs', '<p>{{& code}}</p>', '{{{code}}} is not escaped'],
    ['layout.html.hbs', '{{{subject}}}{{{body}}}', '{{{subject}}} is not escaped'],
    ['en/_not-you.hbs', '{{username}}', '{{username}} is filled in by nobody'],
    ['en/emial-code.txt.hbs', 'Subject: x\n\ny', 'belongs to no message'],
    ['en/email-code.sms.hbs', 'x', 'belongs to no message'],
    ['frame.html.hbs', 'x', 'belongs to no message'],
  ])('refuses at the start: %s with %j', (file, source, problem) => {
    const templatesDir = folderWith({ [file]: source });
    expect(() => rendererOf({ templatesDir })).toThrow(`TEMPLATES_DIR: ${file}`);
    expect(() => rendererOf({ templatesDir })).toThrow(problem);
  });

  it('takes the messages of a module, and refuses at the start what is missing of them', () => {
    const templates = { 'payout-approved': { channels: ['email', 'sms'], values: ['amount'] } } as const;
    const complete = folderWith({
      'en/payout-approved.txt.hbs': 'Subject: Paid\n\n{{amount}} are yours.',
      'en/payout-approved.sms.hbs': '{{amount}} are yours.',
    });
    const own = rendererOf({}, { templates, folder: complete });
    const values = { amount: '12.50 EUR' };
    expect(own.render(message({ template: 'payout-approved', values })).text).toBe('12.50 EUR are yours.');
    expect(() => rendererOf({}, { templates, folder: folderWith({}) })).toThrow(
      /en\/payout-approved\.txt\.hbs is missing.*\n.*en\/payout-approved\.sms\.hbs is missing/,
    );
    expect(() => {
      new TemplateCatalogue().register({ templates: MESSAGE_TEMPLATES, folder: complete });
    }).toThrow('Template verify-email is there already.');
  });

  it('refuses a message that nobody wrote a template for, or that lacks a value', () => {
    expect(() => renderer.render(message({ template: 'nothing' }))).toThrow('no template nothing for email');
    expect(() => renderer.render(message({ channel: 'sms' }))).toThrow('no template email-code for sms');
    expect(() => renderer.render(message({ values: { code: '492039' } }))).toThrow('nobody gave minutes');
  });
});
