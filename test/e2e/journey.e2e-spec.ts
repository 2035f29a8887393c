import { Person } from '../support/person';
import { startTestApp, type TestApp } from '../support/test-app';

describe('The main journey', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  it('goes from registration to a second factor in the token, and back out', async () => {
    const ada = await Person.registered(app);
    const first = await ada.login();
    expect(first.body).toMatchObject({
      status: 'authenticated',
      session: { acr: 'aal1', amr: ['pwd'], mfaTime: null },
    });

    await ada.get('/v1/payouts/limits', ada.accessToken).expect(200);
    const refused = await ada.get('/v1/payouts', ada.accessToken).expect(401);
    expect(refused.body).toMatchObject({ code: 'mfa_enrollment_required', required: { acr: 'aal2' } });

    const begun = await ada.enroll();
    expect(begun.body).toMatchObject({
      factor: { type: 'totp', status: 'pending', preferred: false, acr: 'aal2' },
      enrollment: { qrCode: expect.stringMatching(/^data:image\/png;base64,/) },
    });
    const activated = await ada.activate();
    expect(activated.body).toMatchObject({
      factor: { status: 'active', preferred: true },
      auth: { status: 'authenticated', session: { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] } },
    });
    expect(ada.recoveryCodes).toHaveLength(10);
    await ada.get('/v1/payouts', ada.accessToken).expect(200, { items: [], nextCursor: null });

    const left = ada.accessToken;
    await ada.post('/v1/auth/logout', {}, left).expect(204);
    expect((await ada.get('/v1/payouts/limits', left).expect(401)).body.code).toBe('token_invalid');

    app.clock.advance(30);
    const second = await ada.login();
    expect(second.body).toMatchObject({
      status: 'mfa_required',
      reason: 'login',
      factors: [{ type: 'totp', preferred: true }, { type: 'recovery_code' }],
    });
    expect(second.body).not.toHaveProperty('accessToken');
    expect(second.body).not.toHaveProperty('refreshToken');
    expect((await ada.get('/v1/payouts/limits', ada.mfaToken).expect(401)).body.code).toBe('token_invalid');

    const verified = await ada.verify(await ada.challenge(), ada.authenticator.code()).expect(200);
    ada.take(verified.body);
    await ada.get('/v1/payouts', ada.accessToken).expect(200);

    const refreshed = await ada.refresh().expect(200);
    expect(refreshed.body).toMatchObject({ status: 'authenticated', session: { acr: 'aal2' } });
    ada.take(refreshed.body);
    await ada.post('/v1/auth/logout', { refreshToken: ada.refreshToken }).expect(204);
    expect((await ada.get('/v1/payouts', ada.accessToken).expect(401)).body.code).toBe('token_invalid');
    expect((await ada.refresh().expect(401)).body.code).toBe('invalid_refresh_token');
  });
});
