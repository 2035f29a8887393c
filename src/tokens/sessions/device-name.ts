import { parse } from 'bowser';

/** Longer than any honest one; more than that is not read. */
const MAX_USER_AGENT = 256;
const MAX_NAME = 40;

const UNKNOWN = 'Unknown device';

/** RFC 9110 §10.1.5: a product and its version. */
const PRODUCT = /^([A-Za-z0-9][A-Za-z0-9._+-]{0,39})(?:\/([A-Za-z0-9][A-Za-z0-9._+-]{0,15}))?(?=[\s(;,]|$)/;

/**
 * What to call the device of a session, e.g. `Chrome on Windows`; an application of its own by the product it names, e.g.
 * `MyApp 1.2 on iOS`. A `User-Agent` says what its sender likes: whatever it is, the name is short, printable ASCII.
 */
export function deviceName(userAgent: string): string {
  return nameOf(userAgent, ({ product, version }) => (version === undefined ? product : `${product} ${version}`));
}

/** The same without any version, which an update changes: what stays the same while the device does. */
export function deviceFamily(userAgent: string): string {
  return nameOf(userAgent, ({ product }) => product);
}

interface Program {
  readonly product: string;
  readonly version?: string | undefined;
}

function nameOf(userAgent: string, programName: (program: Program) => string): string {
  const text = userAgent.slice(0, MAX_USER_AGENT).trim();
  if (text === '') return UNKNOWN;
  const { browser, os } = parse(text);
  const program = programName(programOf(text, printable(browser.name)));
  const system = printable(os.name);
  if (program === '') return system === '' ? UNKNOWN : `Unknown application on ${system}`;
  return system === '' ? program : `${program} on ${system}`;
}

function programOf(text: string, browserName: string): Program {
  // Every browser begins with this word, for reasons of history.
  if (/^Mozilla\//i.test(text)) return { product: browserName };
  const [, product = '', version] = PRODUCT.exec(text) ?? [];
  return { product, version };
}

/** Letters, digits and what stands between them. */
function printable(text = ''): string {
  return text
    .replaceAll(/[^A-Za-z0-9 ._+-]/g, '')
    .slice(0, MAX_NAME)
    .trim();
}
