import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pageFor } from './page-html';

const HTML = readFileSync(join(__dirname, '../../web/index.html'), 'utf8');
const FACTS = { appName: 'Countersign', issuer: 'https://id.example.com', registration: true, passkeys: true };
const ASSET = '<script type="module" src="/account/assets/index-1.js"></script>';

describe(pageFor, () => {
  it('tells the page its facts', () => {
    const html = pageFor(HTML, { ...FACTS, registration: false });
    const [, content = ''] = /<meta name="countersign" content='([^']*)'/.exec(html) ?? [];
    expect(JSON.parse(content.replaceAll('&quot;', '"'))).toEqual({
      base: '',
      appName: 'Countersign',
      registration: false,
      passkeys: true,
    });
  });

  it('lets no name of the application become markup', () => {
    const html = pageFor(HTML, { ...FACTS, appName: `</title><script>'"&$&` });
    expect(html).toContain('<title>&lt;/title&gt;&lt;script&gt;&#39;&quot;&amp;$&amp;</title>');
    expect(html.match(/<script/g)).toEqual(HTML.match(/<script/g));
  });

  it.each([
    ['https://id.example.com', '/account/assets/index-1.js'],
    ['https://example.com/auth', '/auth/account/assets/index-1.js'],
  ])('addresses what it loads under %s', (issuer, address) => {
    expect(pageFor(HTML + ASSET, { ...FACTS, issuer })).toContain(`src="${address}"`);
  });

  it('refuses HTML that has no place for the facts', () => {
    expect(() => pageFor('<title>Countersign</title>', FACTS)).toThrow('web/index.html');
  });
});
