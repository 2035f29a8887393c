import type { CDPSession } from 'playwright-core';
import { AccountPage } from './account-page';
import { AccountSite } from './account-site';

const MINUTES = 60_000;

/** A virtual authenticator would take what the browser offers among names before anybody presses a button. */
const NOT_AMONG_NAMES = 'PublicKeyCredential.isConditionalMediationAvailable = async () => false;';

/** Every kind of second factor but the app, which account-page.browser-spec.ts has. */
describe('Factors on the account page', () => {
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

  /** The newest code that was sent there. */
  async function codeSentTo(to: string): Promise<string> {
    const response = await fetch(`${site.url}/dev/outbox?to=${encodeURIComponent(to)}`);
    const { items } = (await response.json()) as { items: { data: { code?: string } }[] };
    const code = items.map(({ data }) => data.code).find((each) => each !== undefined);
    if (code === undefined) throw new Error(`No code was sent to ${to}`);
    return code;
  }

  it.each([
    ['e-mail', /^Code by e-mail/, 'E-mail address', 'grace@example.com', /We have sent a code to g.*@example\.com/],
    ['text message', /^Code by text message/, 'Phone number', '+49 1511 2345678', /We have sent a code to .*78/],
  ])(
    'are codes by %s: to prove it, to log in with, and sent once more',
    (kind, choice, label, address, sent) =>
      page.orPicture(`account-${kind.replace(' ', '-')}`, async () => {
        const to = address.replaceAll(' ', '');
        const name = site.newName();
        await page.register(name);
        await page.press('Add one');
        await page.press(choice);
        await page.fill(label, address);
        await page.press('Go on');
        await page.reads(sent);
        await page.fill('Code', await codeSentTo(to));
        await page.press('Confirm and add');
        await page.shownCodes();
        await page.keepCodes();
        await page.reads('Codes by e-mail or text message can be intercepted.');
        await page.logOut();

        await page.logIn(name);
        await page.reads(sent);
        expect(await page.barriers()).toEqual([]);
        const first = await codeSentTo(to);
        await page.press('Send a new code');
        await page.reads('A new code is on its way.');
        await page.fill('Code', first);
        await page.press('Confirm');
        await page.reads(/^That code is not right/);
        await page.fill('Code', await codeSentTo(to));
        await page.press('Confirm');
        await page.sees(`Hello, ${name}`);
        expect(page.troubles).toEqual([]);
      }),
    2 * MINUTES,
  );

  it(
    'are passkeys: made, used as a second factor and instead of a password',
    () =>
      page.orPicture('account-passkey', async () => {
        await page.page.addInitScript({ content: NOT_AMONG_NAMES });
        await page.page.reload();
        await addAuthenticator(await page.page.context().newCDPSession(page.page));
        const name = site.newName();
        await page.register(name);
        await page.press('Add one');
        await page.press(/^Passkey/);
        await page.fill('Name (optional)', 'Laptop');
        await page.press('Go on');
        expect(await page.barriers()).toEqual([]);
        await page.press('Create passkey');
        await page.shownCodes();
        await page.keepCodes();
        await page.reads('Laptop');

        // This device has one already.
        await page.press('Add another');
        await page.press(/^Passkey/);
        await page.press('Go on');
        await page.press('Create passkey');
        await page.reads('This device has a passkey for your account already.');
        await page.press('Close');
        await page.logOut();

        await page.logIn(name);
        await page.sees('One more step');
        await page.press('Use passkey');
        await page.sees(`Hello, ${name}`);
        await page.logOut();

        await page.press('Log in with a passkey');
        await page.sees(`Hello, ${name}`);
        expect(page.troubles).toEqual([]);
      }),
    2 * MINUTES,
  );

  it(
    'can be passkeys in a browser without the JSON forms of WebAuthn Level 3',
    () =>
      page.orPicture('account-passkey-json', async () => {
        await page.page.addInitScript({
          content: `${NOT_AMONG_NAMES}
            delete PublicKeyCredential.parseCreationOptionsFromJSON;
            delete PublicKeyCredential.parseRequestOptionsFromJSON;
            delete PublicKeyCredential.prototype.toJSON;`,
        });
        await page.page.reload();
        await addAuthenticator(await page.page.context().newCDPSession(page.page));
        const name = site.newName();
        await page.register(name);
        await page.press('Add one');
        await page.press(/^Passkey/);
        await page.press('Go on');
        await page.press('Create passkey');
        await page.shownCodes();
        await page.keepCodes();
        await page.logOut();
        await page.press('Log in with a passkey');
        await page.sees(`Hello, ${name}`);
        expect(page.troubles).toEqual([]);
      }),
    2 * MINUTES,
  );

  it('are passkeys, offered among the names that the browser fills in', () =>
    page.orPicture('account-passkey-names', async () => {
      await addAuthenticator(await page.page.context().newCDPSession(page.page));
      const name = site.newName();
      await page.register(name);
      await page.press('Add one');
      await page.press(/^Passkey/);
      await page.press('Go on');
      await page.press('Create passkey');
      await page.shownCodes();
      await page.keepCodes();
      await page.page.locator('.log-out').click();
      // The person behind a virtual authenticator takes what is offered, at once.
      await page.sees('Log in');
      await page.sees(`Hello, ${name}`);
      expect(page.troubles).toEqual([]);
    }));

  it('say plainly that the browser got no passkey', () =>
    page.orPicture('account-no-passkey', async () => {
      const cdp = await page.page.context().newCDPSession(page.page);
      await addAuthenticator(cdp, { isUserVerified: false });
      await page.press('Log in with a passkey');
      await page.reads(/^The browser did not get a passkey/);
      expect(page.troubles).toEqual([]);
    }));

  it(
    'are renamed, asked for first, and removed',
    () =>
      page.orPicture('account-factor-changes', async () => {
        await page.register(site.newName());
        await page.addApp('Old phone', true);
        await page.keepCodes();
        await page.press('Add another');
        await page.press(/^Code by e-mail/);
        await page.fill('E-mail address', 'both@example.com');
        await page.fill('Name (optional)', 'Mailbox');
        await page.press('Go on');
        await page.reads(/^We have sent a code to/);
        await page.fill('Code', await codeSentTo('both@example.com'));
        await page.press('Confirm and add');
        await page.reads('“Mailbox” is now a second factor of your account.');

        await page.press('Ask for “Mailbox” first');
        await page.reads('“Mailbox” is asked for first now.');
        await page.press('Rename “Old phone”');
        await page.fill('Name', 'New phone');
        await page.press('Save');
        await page.reads('It is called “New phone” now.');
        await page.press('Remove “New phone”');
        await page.press('Remove');
        await page.reads('“New phone” is removed.');
        await page.page.getByText('New phone', { exact: true }).waitFor({ state: 'detached' });
        expect(page.troubles).toEqual([]);
      }),
    2 * MINUTES,
  );
});

/** An authenticator in the device, with room for passkeys, whose person is always there. */
async function addAuthenticator(cdp: CDPSession, { isUserVerified = true } = {}): Promise<void> {
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified,
      automaticPresenceSimulation: true,
    },
  });
}
