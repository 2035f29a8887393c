import type { Browser } from 'playwright-core';
import { ServerProcess } from '../../examples/demo/server-process';
import { AccountPage } from './account-page';
import { startBrowser } from './swagger-page';

/** The built service in a process of its own, and a browser: for all tests of a file. */
export class AccountSite {
  private readonly cleanUp: (() => Promise<void>)[] = [];
  private people = 0;

  private constructor(
    readonly url: string,
    readonly browser: Browser,
  ) {}

  static async start(): Promise<AccountSite> {
    const browser = await startBrowser();
    const server = new ServerProcess();
    try {
      await server.start();
    } catch (error) {
      await browser.close();
      await server.stop();
      throw error;
    }
    const site = new AccountSite(server.url, browser);
    site.afterwards(() => browser.close());
    site.afterwards(() => server.stop());
    return site;
  }

  /** To be done when all is over, the last one first. */
  afterwards(step: () => Promise<void>): void {
    this.cleanUp.unshift(step);
  }

  async stop(): Promise<void> {
    for (const step of this.cleanUp) await step();
  }

  open(options: { locale?: string } = {}): Promise<AccountPage> {
    return AccountPage.open(this.browser, this.url, options);
  }

  /** A username that nobody of this site has. */
  newName(): string {
    return `ada-${++this.people}`;
  }
}
