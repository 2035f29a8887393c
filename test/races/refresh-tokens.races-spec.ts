import type { Response } from 'supertest';
import { atOnce, CLIENTS, tally } from '../support/at-once';
import { requirePostgres } from '../support/database';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(120_000); // hundreds of requests on a busy machine

describe('Refreshes at once', () => {
  let app: TestApp;

  beforeAll(async () => {
    requirePostgres();
    app = await startTestApp({ env: { DOCS: 'off' } });
  });
  afterAll(() => app.close());

  it('of one token by thirty clients give all of them the same successor, and nobody is logged out', async () => {
    const ada = await Person.signedIn(app);
    for (let round = 0; round < 3; round++) {
      const { refreshToken } = ada;
      const answers = await atOnce(() => ada.refresh(refreshToken));
      expect(tally(answers)).toEqual({ '200': CLIENTS });
      const successors = new Set(answers.map(({ body }) => body.refreshToken as string));
      expect(successors.size).toBe(1);
      expect(successors).not.toContain(refreshToken);
      for (const { body } of answers) await ada.get('/v1/payouts/limits', body.accessToken as string).expect(200);
      ada.take(answers[0]!.body);
    }
    await ada.refresh().expect(200);
  });

  it('of a token that was used up end the session for all thirty', async () => {
    const ada = await Person.signedIn(app);
    const { refreshToken: first } = ada;
    for (let times = 0; times < 2; times++) ada.take((await ada.refresh().expect(200)).body);
    expect(tally(await atOnce(() => ada.refresh(first)))).toEqual({ invalid_refresh_token: CLIENTS });
    await refused(ada.refresh(), 401, 'invalid_refresh_token');
    await refused(ada.get('/v1/payouts/limits', ada.accessToken), 401, 'token_invalid');
  });

  it('and a second factor verified: the tokens of the second factor are good, the session lives', async () => {
    for (let round = 0; round < 5; round++) {
      const ada = await Person.withApp(app);
      const { accessToken, refreshToken } = ada;
      const challenge = await ada.challenge(accessToken);
      const code = ada.authenticator.code();
      const refreshing = atOnce(() => ada.refresh(refreshToken), 10);
      const [answers, verified] = await Promise.all([refreshing, ada.verify(challenge, code, accessToken)]);
      expect(verified.status).toBe(200);
      expect(Object.keys(tally(answers)).filter((kind) => kind !== '200' && kind !== 'invalid_refresh_token')).toEqual(
        [],
      );
      ada.take(verified.body);
      await ada.get('/v1/payouts', ada.accessToken).expect(200);
      const { body } = await ada.refresh().expect(200);
      expect(body.session.acr).toBe('aal2');
      // What the refreshes gave was outdated by the second factor, whichever came first.
      for (const answer of answers.filter(({ status }) => status === 200)) {
        expect((await ada.refresh(answer.body.refreshToken as string)).status).toBe(401);
        await ada.get('/v1/payouts', body.accessToken as string).expect(200);
      }
    }
  });

  it('and a logout: no token is left that works', async () => {
    for (let round = 0; round < 5; round++) {
      const ada = await Person.signedIn(app);
      const { accessToken, refreshToken } = ada;
      const [answers] = await Promise.all([
        atOnce(() => ada.refresh(refreshToken), 10),
        ada.post('/v1/auth/logout', {}, accessToken).expect(204),
      ]);
      const given = answers.filter(({ status }) => status === 200).map(({ body }) => body);
      for (const { accessToken: access, refreshToken: refresh } of [{ accessToken, refreshToken }, ...given]) {
        await refused(ada.get('/v1/payouts/limits', access as string), 401, 'token_invalid');
        await refused(ada.refresh(refresh as string), 401, 'invalid_refresh_token');
      }
    }
  });

  it('and logouts of one session: all are answered, one is recorded', async () => {
    const ada = await Person.signedIn(app);
    const { accessToken } = ada;
    expect(tally(await atOnce(() => ada.post('/v1/auth/logout', {}, accessToken)))).toEqual({ '204': CLIENTS });
  });
});

describe('Refreshes at once of a session whose second factor has expired', () => {
  let app: TestApp;

  beforeAll(async () => {
    requirePostgres();
    app = await startTestApp({ env: { DOCS: 'off', MFA_WHEN_STALE: 'challenge', MFA_MAX_AGE: '60' } });
  });
  afterAll(() => app.close());

  it('and that factor verified: none of them demands it once more', async () => {
    const ada = await Person.withApp(app);
    for (let round = 0; round < 15; round++) {
      app.clock.advance(61);
      // By the access token, which lives on: no refresh has demanded anything yet.
      const { accessToken, refreshToken } = ada;
      const challenge = await ada.challenge(accessToken);
      let isVerified = false;
      // One after the other, until then: some began before the factor was verified, and end after it.
      const refreshing = atOnce(async () => {
        const answers: Response[] = [];
        while (!isVerified) answers.push(await ada.refresh(refreshToken));
        return answers;
      }, 6);
      const verified = await ada.verify(challenge, ada.authenticator.code(), accessToken);
      isVerified = true;
      expect(verified.status).toBe(200);
      for (const { status, body } of (await refreshing).flat()) {
        expect(['mfa_required', 'invalid_refresh_token']).toContain(status === 200 ? body.status : body.code);
      }
      ada.take(verified.body);
      const { body } = await ada.refresh().expect(200);
      expect({ round, status: body.status as string }).toEqual({ round, status: 'authenticated' });
      ada.take(body);
      await ada.get('/v1/payouts', ada.accessToken).expect(200);
    }
  });
});
