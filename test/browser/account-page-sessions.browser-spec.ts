import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Route } from 'playwright-core';
import { ServerProcess } from '../../examples/demo/server-process';
import { AccountPage, PASSWORD } from './account-page';
import { AccountSite } from './account-site';

const MINUTES = 60_000;
const NEW_PASSWORD = 'a mill that grinds numbers';

/** Sessions, tabs, passwords, messages, and whatever goes wrong. */
describe('Sessions on the account page', () => {
  let site: AccountSite;
  let page: AccountPage;

  beforeAll(async () => {
    site = await AccountSite.start();
  }, 2 * MINUTES);
  afterAll(() => site.stop());
  beforeEach(async () => {
    page = await site.open();
  });
  afterEach(() => page.close());

  /** The address behind `#` in the newest message with such a link. */
  async function linkSentTo(to: string, kind: string): Promise<string> {
    const response = await fetch(`${site.url}/dev/outbox?to=${encodeURIComponent(to)}`);
    const { items } = (await response.json()) as { items: { text: string }[] };
    const link = items.map(({ text }) => /http\S+#\S+/.exec(text)?.[0]).find((each) => each?.includes(`#${kind}=`));
    if (link === undefined) throw new Error(`No such link was sent to ${to}`);
    expect(link.startsWith(`${site.url}/account#`)).toBe(true);
    return new URL(link).hash;
  }

  /** Answers the first such request as the service would, and lets the others through. */
  async function refuseOnce(
    method: string,
    path: string,
    status: number,
    problem: object,
    headers = {},
  ): Promise<void> {
    let isDue = true;
    await page.page.route(`**${path}`, async (route: Route) => {
      if (!isDue || route.request().method() !== method) return route.continue();
      isDue = false;
      const body = JSON.stringify({ status, ...problem });
      await route.fulfill({ status, body, headers: { 'content-type': 'application/problem+json', ...headers } });
    });
  }

  it(
    'are confirmed by a message, lost with a forgotten password, and found again by the next one',
    () =>
      page.orPicture('account-passwords', async () => {
        const name = site.newName();
        const address = `${name}@example.com`;
        await page.register(name, address);
        await page.reads('not confirmed yet');
        const confirming = await page.tab(await linkSentTo(address, 'verify-email'));
        await confirming.reads('Your e-mail address is confirmed.');
        expect(new URL(confirming.page.url()).hash).toBe('');
        await page.page.reload();
        await page.page.getByText('confirmed', { exact: true }).waitFor();
        await page.logOut();

        await page.follow('Forgot your password?');
        await page.sees('Forgot your password?');
        await page.fill('Username or e-mail address', address);
        await page.press('Send the link');
        await page.reads(/^If there is such an account/);
        const hash = await linkSentTo(address, 'reset-password');
        const other = await AccountPage.in(page.page.context(), site.url, hash);
        await other.sees('Choose a new password');
        expect(new URL(other.page.url()).hash).toBe('');
        await other.fill('New password', 'password1');
        await other.press('Set new password');
        await other.reads('Too common: attackers try it first.');
        await other.fill('New password', NEW_PASSWORD);
        await other.press('Set new password');
        await other.reads(/^Your password is changed, and you are logged out everywhere\./);
        await other.logIn(name);
        await other.reads(/^Name or password are not right\./);
        await other.logIn(address, NEW_PASSWORD);
        await other.sees(`Hello, ${name}`);

        const again = await other.tab(hash);
        await again.fill('New password', `${NEW_PASSWORD} twice`);
        await again.press('Set new password');
        await again.reads(/^This link or code is too old, was used already/);
        expect([...page.troubles, ...other.troubles, ...again.troubles]).toEqual([]);
      }),
    2 * MINUTES,
  );

  it('wait for the login where a link to confirm an address comes first', async () => {
    const name = site.newName();
    await page.register(name, `${name}@example.com`);
    const hash = await linkSentTo(`${name}@example.com`, 'verify-email');
    const elsewhere = await AccountPage.in(await site.browser.newContext({ locale: 'en-GB' }), site.url, hash);
    await elsewhere.reads('Log in to confirm your e-mail address.');
    await elsewhere.logIn(name);
    await elsewhere.reads('Your e-mail address is confirmed.');
    expect(elsewhere.troubles).toEqual([]);
    await elsewhere.close();
  });

  it(
    'are listed, and end where somebody ends them, or changes the password',
    () =>
      page.orPicture('account-sessions', async () => {
        const name = site.newName();
        await page.register(name);
        const other = await site.open();
        await other.logIn(name);
        await other.sees(`Hello, ${name}`);
        await page.page.reload();
        await page.page.getByRole('button', { name: /^Log out Chrome/ }).click();
        await page.reads('That session is ended.');
        await other.press('Change password');
        await other.fill('Current password', PASSWORD);
        await other.fill('New password', NEW_PASSWORD);
        await other.page.locator('dialog').getByRole('button', { name: 'Change password' }).click();
        await other.reads('Your session has ended. Log in to go on.');
        await other.logIn(name);
        await other.sees(`Hello, ${name}`);

        await page.press('Change password');
        await page.fill('Current password', 'not this one');
        await page.fill('New password', NEW_PASSWORD);
        await page.page.locator('dialog').getByRole('button', { name: 'Change password' }).click();
        await page.reads(/^That password is not right\./);
        await page.fill('Current password', PASSWORD);
        await page.page.locator('dialog').getByRole('button', { name: 'Change password' }).click();
        await page.reads('Your password is changed. You are logged out everywhere else.');
        await other.page.reload();
        await other.sees('Log in');
        await page.page.reload();
        await page.sees(`Hello, ${name}`);
        expect([...page.troubles, ...other.troubles]).toEqual([]);
        await other.close();
      }),
    2 * MINUTES,
  );

  it(
    'are the same in all tabs, which refresh at the same moment and follow each other',
    () =>
      page.orPicture('account-tabs', async () => {
        const name = site.newName();
        const tabs = [page, await page.tab(), await page.tab()];
        await page.register(name);
        for (const tab of tabs) await tab.sees(`Hello, ${name}`);
        for (let round = 0; round < 3; round++) {
          await Promise.all(tabs.map((tab) => tab.page.reload()));
          for (const tab of tabs) await tab.sees(`Hello, ${name}`);
        }
        await tabs[1]!.logOut();
        await tabs[0]!.reads('You were logged out in another tab.');
        await tabs[2]!.sees('Log in');
        expect(await page.page.context().cookies()).toEqual([]);
        expect(tabs.flatMap(({ troubles }) => troubles)).toEqual([]);
      }),
    2 * MINUTES,
  );

  it(
    'ask for the second factor where it is due, and then do what was asked for',
    () =>
      page.orPicture('account-step-up', async () => {
        const name = site.newName();
        await page.register(name);
        // This one knows the password alone; the account gets a factor elsewhere.
        const other = await site.open();
        await other.logIn(name);
        await other.sees(`Hello, ${name}`);
        const { app } = await other.addApp('Phone', true);
        await other.keepCodes();

        const change = async () => {
          await page.press('Change password');
          await page.fill('Current password', PASSWORD);
          await page.fill('New password', NEW_PASSWORD);
          await page.page.locator('dialog').getByRole('button', { name: 'Change password' }).click();
          await page.sees('Confirm that it is you');
        };
        await change();
        expect(await page.barriers()).toEqual([]);
        await page.page.keyboard.press('Escape');
        await page.reads('Nothing was changed, because you did not confirm that it is you.');
        await page.press('Cancel');

        await change();
        await page.fill('Code', app.code(1));
        await page.press('Confirm');
        await page.reads('Your password is changed. You are logged out everywhere else.');
        expect([...page.troubles, ...other.troubles]).toEqual([]);
        await other.close();
      }),
    2 * MINUTES,
  );

  it('ask for the password where a sign-in is too long ago, and then go on', () =>
    page.orPicture('account-reauthentication', async () => {
      const name = site.newName();
      await page.register(name);
      await refuseOnce('POST', '/v1/mfa/factors', 401, {
        code: 'reauthentication_required',
        required: { maxAge: 600 },
      });
      await page.press('Add one');
      await page.press(/^Authenticator app/);
      await page.press('Go on');
      await page.reads('What you are about to do needs your password once more.');
      const dialog = page.page.locator('dialog').last();
      await dialog.getByLabel('Password', { exact: true }).fill('not this one');
      await dialog.getByRole('button', { name: 'Confirm' }).click();
      await page.reads(/^That password is not right\./);
      await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await dialog.getByRole('button', { name: 'Confirm' }).click();
      await page.scannedApp();
      expect(page.troubles).toEqual([]);
    }));

  it(
    'begin with a first factor where policy demands it, and with the code of an administrator where that is due',
    () =>
      page.orPicture('account-enrollment', async () => {
        const strict = new ServerProcess({ MFA_POLICY: 'required' });
        site.afterwards(() => strict.stop());
        await strict.start();
        await page.page.goto(`${strict.url}/account`);
        const name = site.newName();
        await page.follow('Create an account');
        await page.fill('Username', name);
        await page.fill('Password', PASSWORD);
        await page.press('Create account');
        await page.sees('Add a second factor');
        expect(await page.barriers()).toEqual([]);
        // As for an account that has signed in before the policy came.
        await refuseOnce('POST', '/v1/mfa/factors', 400, { code: 'invalid_token' });
        await page.press(/^Authenticator app/);
        await page.press('Go on');
        await page.reads(/^To add it, your account needs a code from your administrator\./);
        const command = [join(__dirname, '../../dist/cli/account.js'), 'enrollment-code', name];
        const env = { PATH: process.env['PATH'], DATA_DIR: 'data' };
        const printed = execFileSync(process.execPath, command, { cwd: strict.folder, env, encoding: 'utf8' });
        const [code = ''] = /\S{20,}/.exec(printed) ?? [];
        await page.fill('Code from your administrator', code);
        await page.press('Go on');
        await page.fill('Code', (await page.scannedApp()).code());
        await page.press('Confirm and add');
        await page.shownCodes();
        await page.keepCodes();
        await page.sees(`Hello, ${name}`);
      }),
    2 * MINUTES,
  );

  it('can be broken off half way', async () => {
    const name = site.newName();
    await page.register(name);
    await page.addApp('Phone', true);
    await page.keepCodes();
    await page.logOut();
    await page.logIn(name);
    await page.sees('One more step');
    await page.press('Cancel and go back to the login');
    await page.sees('Log in');
    await page.page.reload();
    await page.sees('Log in');
    expect(page.troubles).toEqual([]);
  });

  it.each<[string, number, object, object, RegExp]>([
    [
      'a busy service',
      503,
      { code: 'service_busy', retryAfter: 7 },
      {},
      /^The service is busy\. Try again in 7 seconds\.$/,
    ],
    ['too many requests', 429, { code: 'rate_limited' }, { 'retry-after': '600' }, /Try again at \d\d:\d\d\.$/],
    [
      'a fault',
      500,
      { code: 'internal_error', requestId: 'r-1' },
      {},
      /^Something went wrong at the service\..*Reference: r-1$/,
    ],
    ['a code of tomorrow', 400, { code: 'something_new' }, {}, /^The service refused this\./],
    ['a closed registration', 403, { code: 'registration_closed' }, {}, /^New accounts cannot be created here\./],
    ['another address', 403, { code: 'origin_refused' }, {}, /Open it at the address of the service\.$/],
  ])('begin in plain words after %s', async (_, status, problem, headers, words) => {
    await refuseOnce('POST', '/v1/auth/login', status, problem, headers);
    await page.logIn('nobody');
    await page.reads(words);
  });

  it('say so when there is no network, or somebody else answers', async () => {
    const name = site.newName();
    await page.register(name);
    await page.page.context().setOffline(true);
    await page.press('Change password');
    await page.fill('Current password', PASSWORD);
    await page.fill('New password', NEW_PASSWORD);
    await page.page.locator('dialog').getByRole('button', { name: 'Change password' }).click();
    await page.reads('You are offline. Connect to the internet and try again.');
    await page.page.context().setOffline(false);
    await page.page.route('**/v1/users/me/password', (route) =>
      route.fulfill({ status: 200, contentType: 'text/html', body: '<title>Welcome to our hotel</title>' }),
    );
    await page.page.locator('dialog').getByRole('button', { name: 'Change password' }).click();
    await page.reads(/^The answer did not come from the service\./);

    await page.page.route('**/v1/auth/refresh', (route) => route.abort());
    await page.page.reload();
    await page.reads(/^The service does not answer\./);
    await page.page.unroute('**/v1/auth/refresh');
    await page.press('Try again');
    await page.sees(`Hello, ${name}`);
  });
});
