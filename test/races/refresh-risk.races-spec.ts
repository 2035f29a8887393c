import { atOnce, CLIENTS, tally } from '../support/at-once';
import { requirePostgres } from '../support/database';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(120_000); // hundreds of requests on a busy machine

const HOME = { ip: '192.0.2.7', userAgent: 'MyApp/1.0 (Android 14)' };
const THIEF = { ip: '198.51.100.23', userAgent: 'curl/8.5.0' };

describe('Refreshes at once from another device in another network', () => {
  let app: TestApp;

  beforeAll(async () => {
    requirePostgres();
    app = await startTestApp({ env: { DOCS: 'off', TRUST_PROXY: '1' } });
  });
  afterAll(() => app.close());

  async function withApp(): Promise<Person> {
    const person = await Person.withApp(app);
    person.client = HOME;
    await person.loginWithApp();
    return person;
  }

  /** The same tokens in other hands. */
  function stolen(person: Person): Person {
    return Object.assign(person.elsewhere(), { client: THIEF, refreshToken: person.refreshToken });
  }

  it('give none of thirty clients a token; the factor is asked for until it is verified', async () => {
    for (let round = 0; round < 3; round++) {
      const ada = await withApp();
      const eve = stolen(ada);
      const answers = await atOnce(() => eve.refresh());
      expect(tally(answers)).toEqual({ '200': CLIENTS });
      for (const { body } of answers) {
        expect(body).toMatchObject({ status: 'mfa_required', reason: 'new_device' });
        expect(body).not.toHaveProperty('accessToken');
      }
      const { body } = await ada.refresh().expect(200);
      expect(body.status).toBe('mfa_required');
      ada.mfaToken = body.mfaToken as string;
      ada.take((await ada.verify(await ada.challenge(), ada.authenticator.code()).expect(200)).body);
      expect(tally(await atOnce(() => eve.refresh()))).toEqual({ invalid_refresh_token: CLIENTS });
      await ada.refresh().expect(200);
    }
  });

  it('end the session of somebody without a second factor once, for all thirty', async () => {
    const ada = await Person.registered(app);
    ada.client = HOME;
    await ada.login();
    const eve = stolen(ada);
    expect(tally(await atOnce(() => eve.refresh()))).toEqual({ invalid_refresh_token: CLIENTS });
    await refused(ada.get('/v1/payouts/limits', ada.accessToken), 401, 'token_invalid');
    await refused(ada.refresh(), 401, 'invalid_refresh_token');
  });

  it('get nothing beside the refreshes of the owner, who is asked once one of theirs came first', async () => {
    for (let round = 0; round < 5; round++) {
      const ada = await withApp();
      const eve = stolen(ada);
      const answers = await atOnce((client) => (client % 2 === 0 ? eve : ada).refresh());
      const ofEve = answers.filter((_, client) => client % 2 === 0);
      for (const { body } of ofEve) expect(body).not.toHaveProperty('accessToken');
      expect(ofEve.some(({ body }) => body.status === 'mfa_required')).toBe(true);
      const ofAda = answers.filter((_, client) => client % 2 === 1).map(({ body }) => body);
      const given = ofAda.find(({ status }) => status === 'authenticated');
      if (given !== undefined) ada.take(given);
      expect((await ada.refresh().expect(200)).body.status).toBe('mfa_required');
    }
  });
});
