import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const COLOURED = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
const SECRETS = new Set([
  'password',
  'accessToken',
  'refreshToken',
  'mfaToken',
  'deviceToken',
  'secret',
  'otpauthUri',
  'qrCode',
]);

/** Tells the journey in plain words, and shows what travels. Secrets and tokens are shortened. */
export class Narrator {
  private steps = 0;
  private title = '';

  get currentStep(): string {
    return `step ${this.steps}, "${this.title}"`;
  }

  say(text: string): void {
    write(text);
  }

  step(title: string): void {
    this.steps += 1;
    this.title = title;
    write('');
    write(paint('bold', `${String(this.steps).padStart(2)}  ${title}`));
  }

  /** What the answer means. */
  result(text: string): void {
    write(`    ${paint('green', '✓')} ${text}`);
  }

  failure(text: string, details: readonly string[] = []): void {
    write('');
    write(`${paint('red', '✗')} ${text}`);
    for (const detail of details) write(`    ${paint('dim', detail)}`);
  }

  request(method: string, path: string, headers: Headers, body: string | undefined): void {
    const bearer = headers.get('authorization')?.replace(/^Bearer /, '');
    const key = headers.get('idempotency-key');
    const extras = [
      ...(bearer === undefined ? [] : [`${kindOf(bearer)} ${shorten(bearer)}`]),
      ...(key === null ? [] : [`Idempotency-Key ${shorten(key)}`]),
    ];
    const suffix = extras.length === 0 ? '' : paint('dim', `  [${extras.join(', ')}]`);
    write(`    ${paint('cyan', '→')} ${method} ${path}${suffix}`);
    if (body !== undefined) write(`      ${paint('dim', inBrief(body))}`);
  }

  response(status: number, body: string): void {
    const style: Style = status < 400 ? 'green' : status < 500 ? 'yellow' : 'red';
    write(`    ${paint('cyan', '←')} ${paint(style, String(status))} ${paint('dim', inBrief(body))}`);
  }
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}

function paint(style: Style, text: string): string {
  return COLOURED ? styleText(style, text) : text;
}

/** RFC 9068 §2.1: the header's `typ` says what a token is for. */
function kindOf(token: string): string {
  try {
    const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { typ?: string };
    return header.typ === 'mfa+jwt' ? 'MFA token' : 'access token';
  } catch {
    return 'token';
  }
}

function shorten(text: string): string {
  return text.length <= 12 ? `${text.slice(0, 3)}…` : `${text.slice(0, 6)}…${text.slice(-4)}`;
}

function inBrief(json: string): string {
  if (json === '') return '';
  try {
    return JSON.stringify(brief(JSON.parse(json)));
  } catch {
    return json.slice(0, 100);
  }
}

function brief(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return SECRETS.has(key) ? shorten(value) : cut(value);
  if (Array.isArray(value)) return briefList(value, key);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, brief(inner, name)]));
}

function briefList(values: unknown[], key: string): unknown[] {
  if (key === 'recoveryCodes') return [`${values.length} codes`];
  const first = values.slice(0, 5).map((value) => brief(value));
  return values.length > 5 ? [...first, `and ${values.length - 5} more`] : first;
}

function cut(text: string): string {
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
