import { DataSource } from 'typeorm';
import { SignInNotices } from '../../src/mfa/sign-in/sign-in-notices';
import { UserHousekeeping } from '../../src/users/user-housekeeping';
import { Passkey } from '../support/passkey';
import { PasskeyHolder } from '../support/passkey-holder';
import { Person } from '../support/person';
import { messagesTo } from '../support/staff';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(60_000);

const PHONE = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36'; // prettier-ignore
const HOME = { ip: '81.2.69.160', userAgent: PHONE };
const NEXT_DOOR = { ...HOME, ip: '81.2.69.7' };
const UPDATED = { ...HOME, userAgent: PHONE.replace('126', '131') };
const ON_THE_WAY = { ...HOME, ip: '198.51.100.23' };
const OTHER_PROGRAM = { ...HOME, userAgent: 'python-requests/2.32.3' };
const THIEF = { ip: '203.0.113.5', userAgent: 'python-requests/2.32.3' };
const DAY = 86_400;

describe(SignInNotices.name, () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off', TRUST_PROXY: '1' } });
  });
  afterAll(() => app.close());

  /** Somebody with a verified address who has signed in at home. */
  async function atHome(): Promise<Person> {
    const person = await Person.withEmail(app);
    await app.nest.get(DataSource).query(`DELETE FROM ${tableOf('SeenClientEntity')} WHERE user_id = $1`, [person.id]);
    person.client = HOME;
    await person.login();
    expect(await toldTo(person)).toEqual([]);
    return person;
  }

  const tableOf = (entity: string) => app.nest.get(DataSource).getMetadata(entity).tablePath;

  const toldTo = async ({ email }: Person): Promise<string[]> =>
    (await messagesTo(app, email)).map(({ subject }) => subject).filter((subject) => subject.includes('a sign-in '));

  const BY_DEVICE = 'Countersign: a sign-in by a new device';
  const FROM_NETWORK = 'Countersign: a sign-in from a new network';

  it('are silent at the first sign-in, and where nothing is new', async () => {
    const ada = await atHome();
    for (const client of [HOME, NEXT_DOOR, UPDATED]) {
      ada.client = client;
      await ada.login();
    }
    expect(await toldTo(ada)).toEqual([]);
  });

  it.each([
    ['another program', OTHER_PROGRAM, BY_DEVICE, 'python-requests'],
    ['another network', ON_THE_WAY, FROM_NETWORK, '198.51.100.23'],
    ['both at once', THIEF, BY_DEVICE, '203.0.113.5'],
  ])('tell of %s, once', async (_, client, subject, word) => {
    const ada = await atHome();
    ada.client = client;
    await ada.login();
    await ada.login();
    expect(await toldTo(ada)).toEqual([subject]);
    const [message] = await messagesTo(app, ada.email);
    expect(message?.text).toContain(word);
    expect(message?.text).toContain('If it was not you');
  });

  it('tell once of any number of sign-ins at the same time', async () => {
    const ada = await atHome();
    await Promise.all(Array.from({ length: 8 }, () => Object.assign(ada.elsewhere(), { client: THIEF }).login()));
    expect(await toldTo(ada)).toEqual([BY_DEVICE]);
  });

  it('tell of a sign-in when it is complete: not of the right password alone, nor of a wrong one', async () => {
    const ada = await atHome();
    await ada.enroll();
    await ada.activate();
    app.clock.advance(30);
    ada.client = THIEF;
    await ada.post('/v1/auth/login', { identifier: ada.username, password: 'wrong' }).expect(401);
    expect((await ada.login()).body.status).toBe('mfa_required');
    expect(await toldTo(ada)).toEqual([]);
    const challenge = await ada.challenge();
    await ada.verify(challenge, ada.authenticator.code()).expect(200);
    expect(await toldTo(ada)).toEqual([BY_DEVICE]);
  });

  it('tell of a sign-in by passkey as well', async () => {
    const ada = await atHome();
    const holder = new PasskeyHolder(app, ada, new Passkey());
    await holder.enroll();
    // What asks for the passkey comes straight to the service, from an address of its own.
    expect((await holder.login()).status).toBe(200);
    expect(await toldTo(ada)).toEqual([BY_DEVICE]);
  });

  it('say nothing of a refresh from elsewhere', async () => {
    const ada = await atHome();
    ada.client = ON_THE_WAY;
    ada.take((await ada.refresh().expect(200)).body);
    expect(await toldTo(ada)).toEqual([]);
  });

  it('call new what nobody has signed in from for half a year', async () => {
    const ada = await atHome();
    ada.client = ON_THE_WAY;
    await ada.login();
    app.clock.advance(100 * DAY);
    ada.client = HOME;
    await ada.login();
    app.clock.advance(81 * DAY);
    await app.nest.get(UserHousekeeping, { strict: false }).sweep();
    await ada.login();
    expect(await toldTo(ada)).toEqual([FROM_NETWORK]);
    ada.client = ON_THE_WAY;
    await ada.login();
    expect(await toldTo(ada)).toEqual([FROM_NETWORK, FROM_NETWORK]);
  });

  it('go with the account', async () => {
    const ada = await atHome();
    const rows = () =>
      app.nest.get(DataSource).query(`SELECT 1 FROM ${tableOf('SeenClientEntity')} WHERE user_id = $1`, [ada.id]);
    expect(await rows()).toHaveLength(2);
    await ada.delete('/v1/users/me', ada.accessToken).expect(204);
    expect(await rows()).toEqual([]);
  });
});
