import { Injectable, type OnModuleInit } from '@nestjs/common';
import * as Handlebars from 'handlebars';
import { SettingsError } from '../../config/load-settings';
import { MessageSettings } from '../../config/settings/message.settings';
import { ServerSettings } from '../../config/settings/server.settings';
import type { Message } from '../message';
import type { OutgoingMessage } from '../outbox.store';
import { checkTemplateFiles, FALLBACK_LANGUAGE, fileOf, LAYOUT, partialsOf } from './check-template-files';
import { chooseLanguage } from './choose-language';
import { htmlOfText } from './html-of-text';
import { TemplateCatalogue } from './template-catalogue';
import { readTemplateFiles, type TemplateFiles } from './template-files';

type Values = Readonly<Record<string, string>>;
type Compiled = HandlebarsTemplateDelegate<Values>;

/** A value is one line: whatever a name contains, it adds no header and no paragraph. */
const MAX_VALUE_LENGTH = 2048;
// eslint-disable-next-line no-control-regex -- that is what is taken out
const BREAKS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** Writes messages from templates, each in the best language that it is there in. */
@Injectable()
export class MessageRenderer implements OnModuleInit {
  private files: TemplateFiles = new Map();
  private readonly compiled = new Map<string, Compiled>();
  private readonly common: Values;

  constructor(
    private readonly catalogue: TemplateCatalogue,
    private readonly settings: MessageSettings,
    { appName, appUrl }: ServerSettings,
  ) {
    const { supportContact = '' } = settings;
    this.common = { appName, appUrl, appHost: new URL(appUrl).hostname, supportContact };
  }

  /** @throws SettingsError that names every file that is missing or wrong */
  onModuleInit(): void {
    const { templatesDir } = this.settings;
    this.files = readTemplateFiles([...this.catalogue.folders, ...(templatesDir === undefined ? [] : [templatesDir])]);
    const problems = checkTemplateFiles(this.files, this.catalogue.all);
    if (problems.length > 0) throw new SettingsError(problems.map((problem) => `TEMPLATES_DIR: ${problem}.`));
  }

  /** @throws Error when there is no such template for the channel, a value that it needs is missing, or one that it does not know is given */
  render(message: Message): OutgoingMessage {
    const { channel, to, template, data = {} } = message;
    const definition = this.catalogue.all.get(template);
    if (!definition?.channels.includes(channel)) throw new Error(`There is no template ${template} for ${channel}.`);
    const optional = Object.fromEntries((definition.optional ?? []).map((name) => [name, '']));
    const given = Object.entries({ ...optional, ...message.values }).map(([name, value]) => [name, oneLine(value)]);
    const values: Values = { ...(Object.fromEntries(given) as Values), ...this.common };
    const known = [...definition.values, ...(definition.optional ?? [])];
    const unknown = Object.keys(message.values).filter((name) => !known.includes(name));
    if (unknown.length > 0) throw new Error(`Template ${template} does not know ${unknown.join(', ')}.`);
    const absent = definition.values.filter((name) => values[name] === undefined);
    if (absent.length > 0) throw new Error(`Template ${template}: nobody gave ${absent.join(', ')}.`);
    const file = fileOf(template, channel);
    const language = chooseLanguage(message.languages, this.languagesOf(file));
    const text = tidy(this.fill(language, file, values));
    if (channel === 'sms') return { channel, to, subject: this.common['appName'] ?? '', text, data };
    const [head = '', ...rest] = text.split('\n');
    const subject = oneLine(head.replace(/^Subject: /, ''));
    const body = tidy(rest.join('\n'));
    return { channel, to, subject, text: body, html: this.html(language, template, subject, body, values), data };
  }

  private html(language: string, template: string, subject: string, text: string, values: Values): string {
    const own = `${template}.html`;
    const body = this.files.get(language)?.has(own) ? this.fill(language, own, values) : htmlOfText(text, values);
    return this.fill('', LAYOUT, { ...this.common, language, subject, body });
  }

  /** Languages that a file is there in, the fallback first. */
  private languagesOf(file: string): [string, ...string[]] {
    const others = [...this.files].filter(([language, files]) => language !== FALLBACK_LANGUAGE && files.has(file));
    return [FALLBACK_LANGUAGE, ...others.map(([language]) => language)];
  }

  private fill(language: string, file: string, values: Values): string {
    const partials = Object.fromEntries(
      [...partialsOf(this.files.get(language) ?? new Map<string, string>()).keys()].map((name) => [
        name,
        this.template(language, `_${name}`, file),
      ]),
    );
    return this.template(language, file, file)(values, { partials });
  }

  /** @param within the file that it stands in: a partial is escaped in HTML, and nowhere else */
  private template(language: string, file: string, within: string): Compiled {
    const isHtml = within.endsWith('.html');
    const key = `${language}/${file}${isHtml ? ' in HTML' : ''}`;
    const known = this.compiled.get(key);
    if (known !== undefined) return known;
    const source = this.files.get(language)?.get(file) ?? '';
    const options = { strict: true, noEscape: !isHtml, knownHelpersOnly: true };
    const compiled = Handlebars.compile<Values>(source, options);
    this.compiled.set(key, compiled);
    return compiled;
  }
}

function oneLine(value: string): string {
  return value.replace(BREAKS, ' ').trim().slice(0, MAX_VALUE_LENGTH);
}

/** Where a condition left nothing, no gap stays. */
function tidy(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
