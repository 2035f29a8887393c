/** What the page is told by the service that serves it. */
export interface PageFacts {
  readonly appName: string;
  readonly issuer: string;
  /** Whether people may register. */
  readonly registration: boolean;
  /** Whether a passkey may be a second factor, and so a login. */
  readonly passkeys: boolean;
}

/** The place in `web/index.html` that the facts go into. */
const FACTS = /<meta name="countersign" content='[^']*' ?\/>/;

/**
 * The built HTML with the facts in it, and with addresses under the path of the issuer where it has one.
 *
 * @throws Error where the HTML has no place for them
 */
export function pageFor(html: string, { issuer, ...facts }: PageFacts): string {
  if (!FACTS.test(html)) throw new Error('web/index.html has no place for what the page has to know.');
  const base = new URL(issuer).pathname.replace(/\/$/, '');
  const meta = `<meta name="countersign" content='${escapeHtml(JSON.stringify({ base, ...facts }))}' />`;
  return html
    .replaceAll('="/account/', `="${escapeHtml(base)}/account/`)
    .replace(/<title>[^<]*<\/title>/, () => `<title>${escapeHtml(facts.appName)}</title>`)
    .replace(FACTS, () => meta);
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
