import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { AccountPage, PASSWORD } from './account-page';
import { AccountSite } from './account-site';

const MINUTES = 60_000;

describe('The account page', () => {
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

  it(
    'takes a person from registering over an app and recovery codes to the next logins',
    () =>
      page.orPicture('account-journey', async () => {
        const name = site.newName();
        await page.register(name);
        await page.press('Add one');
        await page.press(/^Authenticator app/);
        await page.fill('Name (optional)', 'My phone');
        await page.press('Go on');
        const app = await page.scannedApp();

        await page.fill('Code', app.wrongCode());
        await page.press('Confirm and add');
        await page.reads(
          /^That code is not right, or was used before\. Enter the newest one\. You have \d+ tries left\.$/,
        );
        await page.fill('Code', app.code());
        await page.press('Confirm and add');

        const codes = await page.shownCodes();
        const downloading = page.page.waitForEvent('download');
        await page.press('Download');
        const file = await downloading;
        expect(file.suggestedFilename()).toBe('recovery-codes.txt');
        expect(await readFile(await file.path(), 'utf8')).toBe(
          `Recovery codes of ${name} at Countersign. Each works once.\n\n${codes.join('\n')}\n`,
        );
        // They are shown once: no slip of the hand takes them away.
        await page.page.keyboard.press('Escape');
        await page.shownCodes();
        await page.keepCodes();
        await page.reads('My phone');
        await page.reads(/^10 codes are left\. Made /);
        await page.logOut();

        await page.logIn(name, 'not this one');
        await page.reads(/^Name or password are not right\./);
        await page.logIn(name);
        await page.sees('One more step');
        await page.fill('Code', app.wrongCode());
        await page.press('Confirm');
        await page.reads(/^That code is not right/);
        await page.fill('Code', app.code(1)); // The step of the first code is used up.
        await page.press('Confirm');
        await page.sees(`Hello, ${name}`);
        await page.logOut();

        await page.logIn(name);
        await page.press('Recovery codes');
        await page.fill('Recovery code', codes[3]!.toLowerCase());
        await page.press('Confirm');
        await page.reads(/^9 codes are left\./);
        await page.logOut();

        await page.logIn(name);
        await page.press('Recovery codes');
        await page.fill('Recovery code', codes[3]!);
        await page.press('Confirm');
        await page.reads(/^That code is not right/);
        expect(page.troubles).toEqual([]);
      }),
    2 * MINUTES,
  );

  it(
    'prints the recovery codes and nothing else, and makes them anew',
    () =>
      page.orPicture('account-codes', async () => {
        await page.register(site.newName());
        const { codes } = await page.addApp('Phone', true);
        await page.page.emulateMedia({ media: 'print' });
        const printed = await page.page.evaluate<string>('document.body.innerText');
        expect(codes.filter((code) => !printed.includes(code))).toEqual([]);
        expect(printed).not.toMatch(/Hello|Download|Log out/);
        await page.page.emulateMedia({ media: 'screen' });
        await page.keepCodes();

        await page.press('Make new codes');
        await page.sees('Make new recovery codes?');
        await page.page.locator('dialog').getByRole('button', { name: 'Make new codes' }).click();
        const renewed = await page.shownCodes();
        expect(renewed.filter((code) => codes.includes(code))).toEqual([]);
        expect(page.troubles).toEqual([]);
      }),
    2 * MINUTES,
  );

  it(
    'has no barriers that axe-core finds: light and dark, on a phone and a desktop',
    () =>
      page.orPicture('account-barriers', async () => {
        const found: string[] = [];
        const look = async (view: string) => {
          found.push(...(await page.barriers()).map((each) => `${view}: ${each}`));
        };
        await page.sees('Log in');
        await look('login');
        await page.follow('Forgot your password?');
        await page.sees('Forgot your password?');
        await look('forgot');
        await page.follow('Back to the login');
        await page.follow('Create an account');
        await page.fill('Username', '-');
        await page.fill('Password', 'short');
        await page.press('Create account');
        await page.reads(/^A username has 3 to 64/);
        await look('register, refused');

        const name = site.newName();
        await page.fill('Username', name);
        await page.fill('E-mail address (optional)', `${name}@example.com`);
        await page.fill('Password', PASSWORD);
        await page.press('Create account');
        await page.reads(`We have sent a message to ${name}@example.com. Open the link in it to confirm the address.`);
        await page.reads('not confirmed yet');
        await look('account, fresh');
        await page.press('Add one');
        await look('types of factors');
        await page.press(/^Authenticator app/);
        await look('begin of a factor');
        await page.press('Go on');
        const app = await page.scannedApp();
        await look('QR code');
        await page.fill('Code', app.wrongCode());
        await page.press('Confirm and add');
        await page.reads(/^That code is not right/);
        await look('wrong code');
        await page.fill('Code', app.code());
        await page.press('Confirm and add');
        await page.shownCodes();
        await look('recovery codes');
        await page.keepCodes();
        await look('account, enrolled');
        for (const open of ['Rename “Authenticator app”', 'Remove “Authenticator app”', 'Change password']) {
          await page.press(open);
          await page.page.locator('dialog').waitFor();
          await look(open);
          await page.press('Cancel');
        }
        await page.logOut();
        await page.logIn(name);
        await page.sees('One more step');
        await look('second factor');
        await page.page.goto(`${site.url}/account#reset-password=abc`);
        await page.sees('Choose a new password');
        await look('reset');
        expect(found).toEqual([]);
        expect(page.troubles).toEqual([]);
      }),
    4 * MINUTES,
  );

  it(
    'can be used by the keyboard alone, and leads the focus',
    () =>
      page.orPicture('account-keyboard', async () => {
        const { keyboard } = page.page;
        const name = site.newName();
        /** Tab, until the focus is on what has this name. */
        const tabTo = async (label: string) => {
          for (let presses = 0; presses < 40; presses++) {
            await keyboard.press('Tab');
            if ((await focused()).includes(label)) return;
          }
          throw new Error(`Tab does not lead to “${label}”`);
        };
        /** The words on what has the focus; none when nothing has it. */
        const focused = () =>
          page.page.evaluate<string>(`(({ activeElement: element }) =>
            element === document.body ? '' : element.ariaLabel ?? [element, ...(element.labels ?? [])].map((each) => each.textContent).join(' '))(document)`);
        const hasFocus = async (label: string) => {
          for (let tries = 0; tries < 50 && !(await focused()).includes(label); tries++) await sleep(50);
          await expect(focused()).resolves.toContain(label);
        };

        await page.sees('Log in');
        await hasFocus('Username or e-mail address');
        await tabTo('Create an account');
        await keyboard.press('Enter');
        await page.sees('Create an account');
        await hasFocus('Username');
        await keyboard.type(name);
        await tabTo('Password');
        await keyboard.type(PASSWORD);
        await keyboard.press('Enter');
        await page.sees(`Hello, ${name}`);
        await hasFocus(`Hello, ${name}`);
        await tabTo('Add one');
        await keyboard.press('Enter');
        await page.sees('Add a second factor');
        await tabTo('Authenticator app');
        await keyboard.press('Enter');
        await hasFocus('Name');
        await keyboard.press('Enter');
        const app = await page.scannedApp();
        await hasFocus('Code');
        await keyboard.type(app.wrongCode());
        await keyboard.press('Enter');
        await page.reads(/^That code is not right/);
        await hasFocus('Code');
        await keyboard.type(app.code()); // What was wrong is selected, and so replaced.
        await keyboard.press('Enter');
        await page.shownCodes();
        await tabTo('I have kept them');
        await keyboard.press('Space');
        await page.reads('10 codes are left.');
        await tabTo('Rename “Authenticator app”');
        await keyboard.press('Enter');
        await hasFocus('Name');
        await keyboard.press('Escape');
        await hasFocus('Rename “Authenticator app”');
        await tabTo('Log out');
        expect(page.troubles).toEqual([]);
      }),
    2 * MINUTES,
  );

  it('keeps no token where a script or a reload could find it', async () => {
    const name = site.newName();
    await page.register(name);
    await page.addApp('Phone', true);
    await page.keepCodes();
    expect(
      await page.page.evaluate(`(async () => ({
        local: Object.keys(localStorage),
        session: { ...sessionStorage },
        cookie: document.cookie,
        databases: await indexedDB.databases(),
        caches: await caches.keys(),
        history: JSON.stringify(history.state),
      }))()`),
    ).toEqual({
      local: ['countersign.device-token'],
      session: {},
      cookie: '',
      databases: [],
      caches: [],
      history: 'null',
    });
    const [cookie, ...more] = await page.page.context().cookies();
    expect(more).toEqual([]);
    expect(cookie).toMatchObject({ name: '__Host-csr', httpOnly: true, secure: true, sameSite: 'Strict', path: '/' });

    await page.page.reload();
    await page.sees(`Hello, ${name}`);
    expect(page.troubles).toEqual([]);
  });

  it.each([
    ['an inline script', `document.head.append(Object.assign(document.createElement('script'), { text: '1' }))`],
    ['HTML made of text', `document.body.innerHTML = '<p>1</p>'`],
    [
      'a script from elsewhere',
      `document.head.append(Object.assign(document.createElement('script'), { src: '//a.test/' }))`,
    ],
    ['a call elsewhere', `fetch('https://a.test/').catch(() => undefined)`],
    ['an inline style', `document.body.setAttribute('style', 'color: red')`],
    [
      'another base',
      `document.head.append(Object.assign(document.createElement('base'), { href: 'https://a.test/' }))`,
    ],
  ])('does not let %s in', async (_, attempt) => {
    await page.sees('Log in');
    await page.page.evaluate(`try { ${attempt} } catch {}`);
    const isNoted = () => page.troubles.some((trouble) => trouble.includes('policy: '));
    for (let tries = 0; tries < 50 && !isNoted(); tries++) await sleep(50);
    expect(isNoted()).toBe(true);
  });

  it.each([
    ['de-AT', 'Anmelden', 'Benutzername oder E-Mail-Adresse'],
    ['es-MX', 'Iniciar sesión', 'Nombre de usuario o correo electrónico'],
    ['fr-FR', 'Log in', 'Username or e-mail address'],
  ])('speaks to %s in a language of theirs, or English', async (locale, heading, label) => {
    const theirs = await site.open({ locale });
    await theirs.sees(heading);
    await theirs.fill(label, 'ada');
    expect(await theirs.page.evaluate<string>('document.documentElement.lang')).toBe(
      heading === 'Log in' ? 'en' : locale.slice(0, 2),
    );
    expect(theirs.troubles).toEqual([]);
    await theirs.close();
  });
});
