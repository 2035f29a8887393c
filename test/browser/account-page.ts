import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { Authenticator } from '../support/authenticator';
import { SystemClock } from '../../src/platform/clock/clock';

const RESULTS = join(__dirname, '..', '..', 'test-results');
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** The narrowest phone, and a desktop. */
const SIZES = [
  { width: 360, height: 740 },
  { width: 1280, height: 900 },
] as const;

export const PASSWORD = 'a loom that weaves algebra';

/** The account page as a person uses it: by roles and labels. Keeps whatever goes wrong in the page. */
export class AccountPage {
  /** Errors of the console and of scripts, breaches of the policy, answers that nobody expects. */
  readonly troubles: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly url: string,
  ) {
    page.on('pageerror', (error) => this.troubles.push(`script: ${error.message}`));
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      const isOdd = response.status() >= 500 || [403, 404, 405, 415].includes(response.status());
      if (isOdd || (response.status() >= 400 && !pathname.startsWith('/v1/'))) {
        this.troubles.push(`answer: ${response.status()} ${pathname}`);
      }
    });
    page.on('console', (message) => {
      // A refusal by the API is part of a journey; the browser notes it all the same.
      const isRefusal = /Failed to load resource: .* status of 4/.test(message.text());
      if (message.type() === 'error' && !isRefusal) this.troubles.push(`console: ${message.text()}`);
    });
  }

  /** A browser of one's own, which shares nothing with others. */
  static async open(browser: Browser, url: string, options: { locale?: string } = {}): Promise<AccountPage> {
    const context = await browser.newContext({ locale: options.locale ?? 'en-GB', acceptDownloads: true });
    return AccountPage.in(context, url);
  }

  /** One more tab of a browser. */
  static async in(context: BrowserContext, url: string, hash = ''): Promise<AccountPage> {
    const tab = await context.newPage();
    await tab.addInitScript({
      content: `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        console.error('policy: ' + violatedDirective + ' ' + blockedURI);
      });`,
    });
    tab.setDefaultTimeout(20_000);
    const page = new AccountPage(tab, url);
    await tab.goto(`${url}/account${hash}`);
    return page;
  }

  tab(hash = ''): Promise<AccountPage> {
    return AccountPage.in(this.page.context(), this.url, hash);
  }

  close(): Promise<void> {
    return this.page.context().close();
  }

  heading(name: string | RegExp): Locator {
    return this.page.getByRole('heading', { name });
  }

  /** Waits for the heading of a view or a dialog. */
  async sees(name: string | RegExp): Promise<void> {
    await this.heading(name).first().waitFor();
  }

  /** Waits for a sentence. */
  async reads(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  async fill(label: string, text: string): Promise<void> {
    await this.page.getByLabel(label, { exact: true }).fill(text);
  }

  async press(name: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name, exact: typeof name === 'string' }).click();
  }

  async follow(name: string): Promise<void> {
    await this.page.getByRole('link', { name, exact: true }).click();
  }

  async register(username: string, email?: string): Promise<void> {
    await this.follow('Create an account');
    await this.sees('Create an account');
    await this.fill('Username', username);
    if (email !== undefined) await this.fill('E-mail address (optional)', email);
    await this.fill('Password', PASSWORD);
    await this.press('Create account');
    await this.sees(`Hello, ${username}`);
  }

  async logIn(identifier: string, password = PASSWORD): Promise<void> {
    await this.fill('Username or e-mail address', identifier);
    await this.fill('Password', password);
    await this.press('Log in');
  }

  async logOut(): Promise<void> {
    await this.page.locator('.log-out').click();
    await this.reads('You are logged out.');
    await this.sees('Log in');
  }

  /** Enrols an authenticator app, the first one if so said. @returns the app, and the recovery codes that came with it */
  async addApp(name: string, isFirst: boolean): Promise<{ app: Authenticator; codes: string[] }> {
    await this.press(isFirst ? 'Add one' : 'Add another');
    await this.press(/^Authenticator app/);
    await this.fill('Name (optional)', name);
    await this.press('Go on');
    const app = await this.scannedApp();
    await this.fill('Code', app.code());
    await this.press('Confirm and add');
    return { app, codes: isFirst ? await this.shownCodes() : [] };
  }

  /** What a phone would read off the page; the picture is there to be scanned. */
  async scannedApp(): Promise<Authenticator> {
    const picture = this.page.getByRole('img', { name: 'QR code for your authenticator app' });
    await picture.waitFor();
    expect(await picture.evaluate((image: { naturalWidth: number }) => image.naturalWidth)).toBeGreaterThan(100);
    const secret = await this.page.locator('code[data-secret]').innerText();
    return new Authenticator(secret.replaceAll(' ', ''), new SystemClock());
  }

  async shownCodes(): Promise<string[]> {
    await this.sees('Your recovery codes');
    const codes = await this.page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').allInnerTexts();
    expect(codes).toHaveLength(10);
    return codes;
  }

  async keepCodes(): Promise<void> {
    await this.press('I have kept them');
    await this.page.locator('dialog').waitFor({ state: 'detached' });
  }

  /** What axe-core finds, in light and dark, on a phone and a desktop, and whether a phone has to scroll sideways. */
  async barriers(): Promise<string[]> {
    const found: string[] = [];
    for (const size of SIZES) {
      await this.page.setViewportSize(size);
      for (const colorScheme of ['light', 'dark'] as const) {
        await this.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        found.push(...(await this.violations()).map((each) => `${colorScheme} ${size.width}: ${each}`));
      }
      const sideways = await this.page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      if (sideways > 0) found.push(`${size.width}: ${sideways} px wider than the screen`);
    }
    return found;
  }

  /** Leaves a picture of the page under `test-results` when the work fails. */
  async orPicture<T>(name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      mkdirSync(RESULTS, { recursive: true });
      await this.page.screenshot({ path: join(RESULTS, `${name}.png`), fullPage: true });
      throw error;
    }
  }

  private async violations(): Promise<string[]> {
    await this.page.evaluate(`window.axe === undefined && (() => { ${AXE} })()`);
    const results = await this.page.evaluate<AxeResults>('axe.run()');
    return results.violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} at ${String(target)}`));
  }
}
