import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

const RESULTS = join(__dirname, '..', '..', 'test-results');

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** What a person types in before the click on Execute; what is left out stays as the page filled it in. */
export interface Filling {
  readonly body?: object;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
}

/** What the page shows after it. */
export interface Shown {
  readonly status: number;
  /* eslint-disable-next-line @typescript-eslint/no-explicit-any -- as loose as supertest's */
  readonly body: any;
  /** The part of the page with the answer in it. */
  readonly answer: Locator;
}

/** @throws Error in plain words when there is no Chromium */
export async function startBrowser(...args: string[]): Promise<Browser> {
  const executablePath = process.env['TEST_CHROMIUM'] ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    throw new Error(`There is no Chromium at ${executablePath}. Install it, or name it in TEST_CHROMIUM.`);
  }
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox', // Chromium has none for root, which containers run as.
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
    ],
  });
}

/** Swagger UI as a person sees and clicks it. Keeps whatever goes wrong in the page. */
export class SwaggerPage {
  /** Errors of the console, scripts and requests that nobody announced. */
  readonly troubles: string[] = [];
  private readonly refusalsDue: { url: string; status: number }[] = [];

  private constructor(private readonly page: Page) {
    page.on('pageerror', (error) => this.troubles.push(`script: ${error.message}`));
    page.on('requestfailed', (request) => {
      this.troubles.push(`request: ${request.method()} ${request.url()} ${request.failure()?.errorText ?? ''}`);
    });
    page.on('response', (response) => {
      if (response.status() < 400 || this.isDue(response.url(), response.status())) return;
      this.troubles.push(`answer: ${response.status()} ${response.url()}`);
    });
    page.on('console', (message) => {
      const status = Number(/Failed to load resource: .* status of (\d+)/.exec(message.text())?.[1]);
      if (message.type() !== 'error' || this.isDue(message.location().url, status)) return;
      this.troubles.push(`console: ${message.text()}`);
    });
  }

  static async open(browser: Browser, url: string): Promise<SwaggerPage> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1400 } });
    const swagger = new SwaggerPage(page);
    await page.goto(`${url}/docs`);
    await page.locator('.opblock').first().waitFor();
    return swagger;
  }

  /** Opens a route, fills it in, clicks on Execute and reads the answer off the page. */
  async execute(
    method: Method,
    path: string,
    due: number,
    { body, form = {}, parameters = {} }: Filling = {},
  ): Promise<Shown> {
    const route = await this.opened(method, path);
    for (const [name, value] of Object.entries(parameters)) {
      await route.locator(`tr[data-param-name="${name}"] input`).fill(value);
    }
    if (body !== undefined) await route.locator('textarea.body-param__text').fill(JSON.stringify(body, null, 2));
    for (const [name, value] of Object.entries(form)) {
      await route.locator(`.opblock-section-request-body tr[data-property-name="${name}"] input`).fill(value);
    }
    // An answer from before is cleared away, so that what is read is the new one.
    const clear = route.getByRole('button', { name: 'Clear', exact: true });
    if (await clear.isVisible()) await clear.click();
    const concrete = Object.entries(parameters).reduce((all, [name, value]) => all.replace(`{${name}}`, value), path);
    if (due >= 400) this.refusalsDue.push({ url: new URL(concrete, this.page.url()).href, status: due });
    await route.getByRole('button', { name: 'Execute', exact: true }).click();

    const answer = route.locator('.live-responses-table tr.response');
    await answer.waitFor();
    const status = Number.parseInt(await answer.locator('.response-col_status').innerText(), 10);
    return { status, body: await bodyOf(answer), answer };
  }

  /** Fills id and secret into the Authorize dialog. */
  async authorizeClient(id: string, secret: string): Promise<void> {
    await this.page.locator('.scheme-container button.authorize').click();
    const scheme = this.page.locator('.auth-container', { has: this.page.locator('input[name="username"]') });
    await scheme.locator('input[name="username"]').fill(id);
    await scheme.locator('input[name="password"]').fill(secret);
    await scheme.locator('button.authorize').click();
    await this.page.locator('.dialog-ux .btn-done').first().click();
  }

  /** What the page has filled into the body of a route. */
  async filledIn(method: Method, path: string): Promise<Record<string, unknown>> {
    const route = await this.opened(method, path);
    const text = await route.locator('textarea.body-param__text').inputValue();
    return JSON.parse(text) as Record<string, unknown>;
  }

  /** The summaries of all routes, from top to bottom. */
  async summaries(): Promise<string[]> {
    return this.page.locator('.opblock-summary-description').allInnerTexts();
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

  private async opened(method: Method, path: string): Promise<Locator> {
    const route = this.page.locator(`.opblock-${method.toLowerCase()}`, {
      has: this.page.locator(`.opblock-summary-path[data-path="${path}"]`),
    });
    if (!(await route.locator('.opblock-body').isVisible())) await route.locator('.opblock-summary-control').click();
    await route.getByRole('button', { name: 'Execute', exact: true }).waitFor();
    return route;
  }

  private isDue(url: string, status: number): boolean {
    const [address] = url.split('?', 1);
    return this.refusalsDue.some((refusal) => refusal.url === address && refusal.status === status);
  }
}

async function bodyOf(answer: Locator): Promise<unknown> {
  const code = answer.locator('.response-col_description .highlight-code code').first();
  if (!(await code.isVisible())) return undefined;
  try {
    return JSON.parse(await code.innerText()) as unknown;
  } catch {
    return undefined; // headers only: an answer without a body
  }
}
