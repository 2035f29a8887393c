import {
  CountersignClient,
  type CountersignClientOptions,
  CountersignProblem,
  CountersignUnreachable,
  MemoryTokenStore,
  type StepUp,
} from './countersign-client';
import { mutex } from './mutex';
import { authenticated, challenge, mfaRequired, problem } from './testing/answers';
import { type Answer, type Handler, ScriptedServer } from './testing/scripted-server';

const LOGIN = 'POST /v1/auth/login';
const PASSKEY_LOGIN = 'POST /v1/auth/passkey/login';
const REFRESH = 'POST /v1/auth/refresh';
const LOGOUT = 'POST /v1/auth/logout';
const CHALLENGE = 'POST /v1/mfa/challenges';
const VERIFY = 'POST /v1/mfa/challenges/challenge/verify';
const PAYOUTS = 'GET /v1/payouts';
const OK: Answer = { status: 200, body: { items: [] } };

describe(CountersignClient.name, () => {
  let server: ScriptedServer;
  let now: number;
  let signedOut: string[];

  beforeEach(async () => {
    server = new ScriptedServer();
    await server.start();
    now = Date.parse('2030-01-01T00:00:00Z');
    signedOut = [];
    server.script(LOGIN, authenticated(1));
    server.script(PAYOUTS, OK);
  });

  afterEach(() => server.stop());

  function aClient(options: Partial<CountersignClientOptions> = {}): CountersignClient {
    return new CountersignClient({
      baseUrl: server.url,
      now: () => now,
      onSignedOut: (reason) => signedOut.push(reason),
      ...options,
    });
  }

  async function aSignedInClient(options: Partial<CountersignClientOptions> = {}): Promise<CountersignClient> {
    const client = aClient(options);
    await client.login('ada', 'a password');
    return client;
  }

  /** A refresh token works once; the one before it, too, as within the grace time. */
  function rotating(): Handler {
    let counter = 1;
    return ({ body }) => {
      const presented = Number((body as { refreshToken: string }).refreshToken.replace('refresh-', ''));
      if (presented < counter - 1) return problem(401, 'invalid_refresh_token');
      if (presented === counter) counter += 1;
      return authenticated(counter);
    };
  }

  const pass = (seconds: number) => (now += seconds * 1000);
  const bearers = (route: string) => server.calls(route).map((call) => call.bearer);
  const presented = () => server.calls(REFRESH).map((call) => (call.body as { refreshToken: string }).refreshToken);

  describe('signing in', () => {
    it('registers, and answers with the user', async () => {
      server.script('POST /v1/auth/register', { status: 201, body: { user: { username: 'ada' } } });
      await expect(aClient().register({ username: 'ada', password: 'a password' })).resolves.toEqual({
        username: 'ada',
      });
    });

    it('answers with the session, and never with a token', async () => {
      const outcome = await aClient().login('ada', 'a password');
      expect(outcome.status).toBe('authenticated');
      expect(JSON.stringify(outcome)).not.toMatch(/access-|refresh-/);
    });

    it('signs in with a passkey, and keeps the tokens', async () => {
      const publicKey = { challenge: 'c', userVerification: 'required' };
      server.script('POST /v1/auth/passkey/options', { status: 200, body: { challengeId: 'id', publicKey } });
      server.script(PASSKEY_LOGIN, problem(401, 'invalid_credentials'), authenticated(1));
      const client = aClient();
      await expect(client.passkeyChallenge()).resolves.toEqual({ challengeId: 'id', publicKey });
      const credential = { id: 'key', response: {} };
      await expect(client.loginWithPasskey('id', credential)).rejects.toMatchObject({ code: 'invalid_credentials' });
      await expect(client.loginWithPasskey('id', credential)).resolves.toMatchObject({ status: 'authenticated' });
      expect(server.calls(PASSKEY_LOGIN)[1]?.body).toEqual({ challengeId: 'id', credential });
      await client.fetch('/v1/payouts');
      expect(bearers(PAYOUTS)).toEqual(['access-1']);
    });

    it('goes on with the MFA token until a second factor is verified', async () => {
      server.script(LOGIN, mfaRequired());
      server.script(CHALLENGE, challenge);
      server.script(VERIFY, authenticated(1));
      const client = aClient();
      const outcome = await client.login('ada', 'a password');
      expect(outcome).toMatchObject({ status: 'mfa_required', reason: 'login', factors: [{ id: 'phone' }] });
      const { id } = await client.challenge();
      await client.verify(id, { code: '123456' });
      await client.fetch('/v1/payouts');
      expect(bearers(CHALLENGE)).toEqual(['mfa-1']);
      expect(server.calls(VERIFY)).toMatchObject([{ bearer: 'mfa-1', body: { code: '123456' } }]);
      expect(bearers(PAYOUTS)).toEqual(['access-1']);
    });

    it('enrolls the first factor with an MFA token of that purpose', async () => {
      const codes = ['aaaa-bbbb'];
      server.script(LOGIN, mfaRequired({ status: 'mfa_enrollment_required' }));
      server.script('POST /v1/mfa/factors', {
        status: 201,
        body: { factor: { id: 'f' }, enrollment: { secret: 'S' } },
      });
      const auth = (authenticated(1) as { body: unknown }).body;
      server.script('POST /v1/mfa/factors/f/activate', {
        status: 200,
        body: { factor: { id: 'f' }, recoveryCodes: codes, auth },
      });
      const client = aClient();
      await client.login('ada', 'a password');
      const { enrollment } = await client.enroll({ type: 'totp' });
      const activation = await client.activate('f', { code: '123456' });
      await client.fetch('/v1/payouts');
      expect(enrollment.secret).toBe('S');
      expect(activation).toMatchObject({ recoveryCodes: codes, outcome: { status: 'authenticated' } });
      expect(bearers('POST /v1/mfa/factors')).toEqual(['mfa-1']);
      expect(bearers(PAYOUTS)).toEqual(['access-1']);
    });

    it('says why a login was refused, and asks nothing else of the server', async () => {
      server.script(LOGIN, problem(401, 'invalid_credentials'));
      await expect(aClient().login('ada', 'wrong')).rejects.toMatchObject({ code: 'invalid_credentials', status: 401 });
      expect(server.received).toHaveLength(1);
    });

    it('drops the tokens of an earlier sign-in when another one begins', async () => {
      const client = await aSignedInClient();
      server.script(LOGIN, mfaRequired());
      await client.login('bob', 'a password');
      await client.fetch('/v1/payouts');
      expect(bearers(PAYOUTS)).toEqual([undefined]);
    });

    it('presents the device token at the next login, also after a logout', async () => {
      server.script(LOGIN, authenticated(1, { deviceToken: 'csd_1' }), authenticated(2));
      server.script(LOGOUT, { status: 204 });
      const client = await aSignedInClient();
      await client.logout();
      await client.login('ada', 'a password');
      expect(server.calls(LOGIN)[1]?.body).toMatchObject({ deviceToken: 'csd_1' });
    });

    it('tells that a plug-in still waits', async () => {
      server.script(LOGIN, mfaRequired());
      server.script(VERIFY, { status: 202, body: { status: 'pending', retryAfter: 2 } }, authenticated(1));
      const client = aClient();
      await client.login('ada', 'a password');
      await expect(client.verify('challenge', { response: {} })).resolves.toEqual({ status: 'pending', retryAfter: 2 });
      await expect(client.verify('challenge', { response: {} })).resolves.toMatchObject({ status: 'authenticated' });
      expect(bearers(VERIFY)).toEqual(['mfa-1', 'mfa-1']);
    });

    it('carries the tries that are left', async () => {
      server.script(LOGIN, mfaRequired());
      server.script(VERIFY, problem(400, 'invalid_code', { attemptsRemaining: 4, detail: 'A code works once' }));
      const client = aClient();
      await client.login('ada', 'a password');
      await expect(client.verify('challenge', { code: '000000' })).rejects.toMatchObject({
        code: 'invalid_code',
        attemptsRemaining: 4,
        detail: 'A code works once',
      });
    });

    it('does not refresh for an MFA token that is refused', async () => {
      server.script(LOGIN, mfaRequired());
      server.script(CHALLENGE, problem(401, 'token_invalid'));
      const client = aClient();
      await client.login('ada', 'a password');
      await expect(client.challenge()).rejects.toMatchObject({ code: 'token_invalid' });
      expect(server.calls(CHALLENGE)).toHaveLength(1);
      expect(server.calls(REFRESH)).toHaveLength(0);
    });
  });

  describe('refreshing', () => {
    it('leaves an access token alone until shortly before its end', async () => {
      const client = await aSignedInClient();
      pass(269);
      await client.fetch('/v1/payouts');
      expect(server.calls(REFRESH)).toHaveLength(0);
    });

    it('renews it ahead of its end, and uses the new one', async () => {
      server.on(REFRESH, rotating());
      const client = await aSignedInClient();
      pass(270);
      await client.fetch('/v1/payouts');
      expect(presented()).toEqual(['refresh-1']);
      expect(bearers(PAYOUTS)).toEqual(['access-2']);
    });

    it('uses a short token for at least half its life', async () => {
      server.script(LOGIN, authenticated(1, { expiresIn: 20 }));
      server.on(REFRESH, rotating());
      const client = await aSignedInClient();
      pass(9);
      await client.fetch('/v1/payouts');
      pass(1);
      await client.fetch('/v1/payouts');
      expect(bearers(PAYOUTS)).toEqual(['access-1', 'access-2']);
    });

    it('refreshes once for twenty calls at the same time', async () => {
      server.on(REFRESH, rotating());
      const client = await aSignedInClient();
      pass(300);
      await Promise.all(Array.from({ length: 20 }, () => client.fetch('/v1/payouts')));
      expect(presented()).toEqual(['refresh-1']);
      expect(bearers(PAYOUTS)).toEqual(Array(20).fill('access-2'));
    });

    it('refreshes once for twenty calls whose token is refused at the same time', async () => {
      server.on(REFRESH, rotating());
      server.on(PAYOUTS, ({ bearer }) => (bearer === 'access-1' ? problem(401, 'token_invalid') : OK));
      const client = await aSignedInClient();
      await Promise.all(Array.from({ length: 20 }, () => client.fetch('/v1/payouts')));
      expect(presented()).toEqual(['refresh-1']);
      expect(server.calls(PAYOUTS)).toHaveLength(40);
    });

    it('does not refresh again for a refusal that comes late', async () => {
      server.on(REFRESH, rotating());
      const late = gate();
      let first = true;
      server.on(PAYOUTS, async ({ bearer }) => {
        if (bearer !== 'access-1') return OK;
        if (!first) return problem(401, 'token_invalid');
        first = false;
        await late.opened;
        return problem(401, 'token_invalid');
      });
      const client = await aSignedInClient();
      const slow = client.fetch('/v1/payouts');
      await until(() => server.calls(PAYOUTS).length === 1);
      await client.fetch('/v1/payouts');
      late.open();
      await slow;
      expect(server.calls(REFRESH)).toHaveLength(1);
    });

    it('sends a request again once after token_invalid, with its body and headers', async () => {
      server.on(REFRESH, rotating());
      server.script('POST /v1/payouts', problem(401, 'token_invalid'), { status: 201, body: {} });
      const client = await aSignedInClient();
      const init = { method: 'POST', body: '{"amount":"12.50"}', headers: { 'idempotency-key': 'key-1' } };
      const response = await client.fetch('/v1/payouts', init);
      expect(response.status).toBe(201);
      expect(server.calls('POST /v1/payouts')).toMatchObject([
        { bearer: 'access-1', body: { amount: '12.50' }, headers: { 'idempotency-key': 'key-1' } },
        { bearer: 'access-2', body: { amount: '12.50' }, headers: { 'idempotency-key': 'key-1' } },
      ]);
    });

    it('never sends it a third time', async () => {
      server.on(REFRESH, rotating());
      server.script(PAYOUTS, problem(401, 'token_invalid'));
      const client = await aSignedInClient();
      await expect(client.fetch('/v1/payouts')).rejects.toMatchObject({ code: 'token_invalid' });
      expect(server.calls(PAYOUTS)).toHaveLength(2);
      expect(server.calls(REFRESH)).toHaveLength(1);
    });

    it.each([
      [401, 'token_missing'],
      [401, 'invalid_credentials'],
      [401, 'mfa_required'],
      [401, 'mfa_enrollment_required'],
      [401, 'mfa_stale'],
      [401, 'mfa_insufficient'],
      [401, 'reauthentication_required'],
      [403, 'forbidden'],
      [404, 'not_found'],
      [429, 'rate_limited'],
      [503, 'unavailable'],
    ])('does not refresh on %i %s', async (status, code) => {
      server.script(PAYOUTS, problem(status, code));
      const client = await aSignedInClient();
      await expect(client.fetch('/v1/payouts')).rejects.toMatchObject({ code, status });
      expect(server.calls(PAYOUTS)).toHaveLength(1);
      expect(server.calls(REFRESH)).toHaveLength(0);
    });

    it('does not send a stream again', async () => {
      server.script('POST /v1/payouts', problem(401, 'token_invalid'));
      const client = await aSignedInClient();
      const init = { method: 'POST', body: new Blob(['{}']).stream(), duplex: 'half' as const };
      await expect(client.fetch('/v1/payouts', init)).rejects.toMatchObject({ code: 'token_invalid' });
      expect(server.calls('POST /v1/payouts')).toHaveLength(1);
    });

    it('sends no token to another origin', async () => {
      const client = await aSignedInClient();
      for (const path of ['//evil.example/x', 'https://evil.example/x', '@evil.example/x', '.evil.example']) {
        await expect(client.fetch(path)).rejects.toThrow(TypeError);
      }
    });
  });

  describe('when an answer is lost', () => {
    it('presents the same refresh token again at once', async () => {
      const rotate = rotating();
      let lost = false;
      server.on(REFRESH, (received) => {
        const answer = rotate(received);
        if (lost) return answer;
        lost = true;
        return 'drop';
      });
      const client = await aSignedInClient();
      pass(300);
      await client.fetch('/v1/payouts');
      expect(presented()).toEqual(['refresh-1', 'refresh-1']);
      expect(bearers(PAYOUTS)).toEqual(['access-2']);
    });

    it('does so when a proxy lost it', async () => {
      server.script(REFRESH, { status: 502, body: '<html>' }, authenticated(2));
      const client = await aSignedInClient();
      pass(300);
      await client.fetch('/v1/payouts');
      expect(presented()).toEqual(['refresh-1', 'refresh-1']);
    });

    it('gives up waiting at the deadline', async () => {
      const deadlines: AbortController[] = [];
      const deadline = () => {
        const controller = new AbortController();
        deadlines.push(controller);
        return controller.signal;
      };
      const client = await aSignedInClient({ deadline });
      const never = gate();
      server.on(REFRESH, () => (server.calls(REFRESH).length === 1 ? never.opened.then(() => OK) : authenticated(2)));
      pass(300);
      const call = client.fetch('/v1/payouts');
      await until(() => server.calls(REFRESH).length === 1);
      deadlines.at(-1)?.abort();
      await call;
      expect(presented()).toEqual(['refresh-1', 'refresh-1']);
      never.open();
    });

    it('keeps the refresh token while the network is down', async () => {
      server.script(REFRESH, 'drop');
      const client = await aSignedInClient();
      pass(300);
      await expect(client.fetch('/v1/payouts')).rejects.toBeInstanceOf(CountersignUnreachable);
      expect(server.calls(PAYOUTS)).toHaveLength(0);
      server.on(REFRESH, rotating());
      await client.fetch('/v1/payouts');
      expect(presented()).toEqual(['refresh-1', 'refresh-1', 'refresh-1']);
      expect(signedOut).toEqual([]);
    });

    it('keeps it through a captive portal', async () => {
      server.script(REFRESH, { status: 200, body: '<html>Pay here</html>' });
      const client = await aSignedInClient();
      pass(300);
      await expect(client.fetch('/v1/payouts')).rejects.toMatchObject({ code: 'unexpected_answer' });
      server.on(REFRESH, rotating());
      await client.fetch('/v1/payouts');
      expect(presented()).toEqual(['refresh-1', 'refresh-1']);
    });

    it('goes on with a token that is still good, and pauses before it tries again', async () => {
      server.script(REFRESH, problem(503, 'service_busy', { retryAfter: 10 }), authenticated(2));
      const client = await aSignedInClient();
      pass(275);
      await client.fetch('/v1/payouts');
      pass(9);
      await client.fetch('/v1/payouts');
      expect(server.calls(REFRESH)).toHaveLength(1);
      pass(1);
      await client.fetch('/v1/payouts');
      expect(bearers(PAYOUTS)).toEqual(['access-1', 'access-1', 'access-2']);
    });

    it('does not send a request of the application again', async () => {
      server.script('POST /v1/payouts', 'drop');
      const client = await aSignedInClient();
      await expect(client.fetch('/v1/payouts', { method: 'POST' })).rejects.toBeInstanceOf(CountersignUnreachable);
      expect(server.calls('POST /v1/payouts')).toHaveLength(1);
    });

    it('throws what the abort of a caller throws', async () => {
      const controller = new AbortController();
      server.on(PAYOUTS, () => {
        controller.abort();
        return OK;
      });
      const client = await aSignedInClient();
      const call = client.fetch('/v1/payouts', { signal: controller.signal });
      await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    });
  });

  describe('when the server is busy', () => {
    it.each([
      ['seconds', '7'],
      ['a date', 'Tue, 01 Jan 2030 00:00:07 GMT'],
    ])('says how long to wait, from a header in %s', async (_, header) => {
      server.script(PAYOUTS, { status: 503, body: '<html>', headers: { 'retry-after': header } });
      const client = await aSignedInClient();
      const error: unknown = await client.fetch('/v1/payouts').catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(CountersignProblem);
      expect(error).toMatchObject({ status: 503, code: 'unexpected_answer', retryAfter: 7, isTransient: true });
    });

    it('keeps the refresh token that a busy server did not take', async () => {
      server.script(REFRESH, problem(503, 'unavailable', { retryAfter: 3 }), authenticated(2));
      const client = await aSignedInClient();
      pass(300);
      await expect(client.fetch('/v1/payouts')).rejects.toMatchObject({ code: 'unavailable', retryAfter: 3 });
      await client.fetch('/v1/payouts');
      expect(presented()).toEqual(['refresh-1', 'refresh-1']);
    });
  });

  describe('stepping up', () => {
    const verifying = (asked: StepUp[]) => async (stepUp: StepUp) => {
      asked.push(stepUp);
      const { id } = await stepUp.challenge();
      return (await stepUp.verify(id, { code: '123456' })).status === 'authenticated';
    };

    beforeEach(() => {
      server.script(CHALLENGE, challenge);
      server.script(VERIFY, authenticated(2));
    });

    it.each(['mfa_required', 'mfa_stale', 'mfa_insufficient', 'mfa_enrollment_required', 'reauthentication_required'])(
      'asks the application on %s, and sends the request again',
      async (code) => {
        const required = { acr: 'aal2', maxAge: 600 };
        server.on(PAYOUTS, ({ bearer }) => (bearer === 'access-2' ? OK : problem(401, code, { required })));
        const asked: StepUp[] = [];
        const client = await aSignedInClient({ onStepUp: verifying(asked) });
        expect((await client.fetch('/v1/payouts')).status).toBe(200);
        expect(asked).toMatchObject([{ code, required }]);
        expect(bearers(VERIFY)).toEqual(['access-1']);
        expect(bearers(PAYOUTS)).toEqual(['access-1', 'access-2']);
      },
    );

    it('sends the request again once only', async () => {
      server.script(PAYOUTS, problem(401, 'mfa_stale'));
      const asked: StepUp[] = [];
      const client = await aSignedInClient({ onStepUp: verifying(asked) });
      await expect(client.fetch('/v1/payouts')).rejects.toMatchObject({ code: 'mfa_stale' });
      expect(asked).toHaveLength(1);
      expect(server.calls(PAYOUTS)).toHaveLength(2);
    });

    it('hands the problem to the caller where the person declines', async () => {
      server.script(PAYOUTS, problem(401, 'mfa_required'));
      const client = await aSignedInClient({ onStepUp: () => Promise.resolve(false) });
      await expect(client.fetch('/v1/payouts')).rejects.toMatchObject({ code: 'mfa_required' });
      expect(server.calls(PAYOUTS)).toHaveLength(1);
    });

    it('asks once for twenty calls at the same time', async () => {
      server.on(PAYOUTS, ({ bearer }) => (bearer === 'access-2' ? OK : problem(401, 'mfa_required')));
      const asked: StepUp[] = [];
      const client = await aSignedInClient({ onStepUp: verifying(asked) });
      await Promise.all(Array.from({ length: 20 }, () => client.fetch('/v1/payouts')));
      expect(asked).toHaveLength(1);
    });

    it('does not ask again for a refusal that comes late', async () => {
      const late = gate();
      server.on(PAYOUTS, async ({ bearer }) => {
        if (bearer === 'access-2') return OK;
        if (server.calls(PAYOUTS).length === 1) await late.opened;
        return problem(401, 'mfa_required');
      });
      const asked: StepUp[] = [];
      const client = await aSignedInClient({ onStepUp: verifying(asked) });
      const slow = client.fetch('/v1/payouts');
      await until(() => server.calls(PAYOUTS).length === 1);
      await client.fetch('/v1/payouts');
      late.open();
      await slow;
      expect(asked).toHaveLength(1);
    });

    it('asks a second caller whose demand the first step-up did not meet', async () => {
      const admin = 'GET /v1/admin/users';
      server.script(VERIFY, authenticated(2), authenticated(3));
      server.on(PAYOUTS, ({ bearer }) => (bearer === 'access-1' ? problem(401, 'mfa_required') : OK));
      server.on(admin, ({ bearer }) => (bearer === 'access-3' ? OK : problem(401, 'mfa_insufficient')));
      const asked: StepUp[] = [];
      const bothRefused = gate();
      const client = await aSignedInClient({
        onStepUp: async (stepUp) => {
          await bothRefused.opened;
          return verifying(asked)(stepUp);
        },
      });
      const calls = [client.fetch('/v1/payouts'), client.fetch('/v1/admin/users')];
      await until(() => server.calls(PAYOUTS).length + server.calls(admin).length === 2);
      bothRefused.open();
      await Promise.all(calls);
      expect(asked.length).toBeLessThanOrEqual(2);
      expect(bearers(admin).at(-1)).toBe('access-3');
    });

    it('lets a handler reauthenticate before it enrolls', async () => {
      const auth = (authenticated(3) as { body: unknown }).body;
      server.on(PAYOUTS, ({ bearer }) => (bearer === 'access-3' ? OK : problem(401, 'mfa_enrollment_required')));
      server.script('POST /v1/auth/reauthenticate', authenticated(2));
      server.on('POST /v1/mfa/factors', ({ bearer }) =>
        bearer === 'access-2'
          ? { status: 201, body: { factor: { id: 'f' }, enrollment: {} } }
          : problem(401, 'reauthentication_required', { required: { maxAge: 600 } }),
      );
      server.script('POST /v1/mfa/factors/f/activate', { status: 200, body: { factor: { id: 'f' }, auth } });
      const client = await aSignedInClient({
        onStepUp: async (stepUp) => {
          await expect(stepUp.enroll({ type: 'totp' })).rejects.toMatchObject({ code: 'reauthentication_required' });
          await stepUp.reauthenticate('a password');
          const { factor } = await stepUp.enroll({ type: 'totp' });
          const { outcome } = await stepUp.activate(factor.id, { code: '123456' });
          return outcome.status === 'authenticated';
        },
      });
      await client.fetch('/v1/payouts');
      expect(bearers(PAYOUTS)).toEqual(['access-1', 'access-3']);
    });

    it('goes on with the MFA token where a password alone does not reauthenticate', async () => {
      server.script('POST /v1/auth/reauthenticate', mfaRequired());
      const client = await aSignedInClient();
      await expect(client.reauthenticate('a password')).resolves.toMatchObject({ status: 'mfa_required' });
      await client.fetch('/v1/payouts');
      await client.challenge();
      await client.verify('challenge', { code: '123456' });
      await client.fetch('/v1/payouts');
      expect(bearers(CHALLENGE)).toEqual(['mfa-1']);
      expect(bearers(PAYOUTS)).toEqual(['access-1', 'access-2']);
    });

    it('asks where a refresh demands a second factor, and goes on with the new tokens', async () => {
      server.script(REFRESH, mfaRequired({ reason: 'idle' }));
      const asked: StepUp[] = [];
      const client = await aSignedInClient({ onStepUp: verifying(asked) });
      pass(300);
      await Promise.all(Array.from({ length: 5 }, () => client.fetch('/v1/payouts')));
      expect(asked).toMatchObject([{ code: 'mfa_required', reason: 'idle', usable: [{ id: 'phone' }] }]);
      expect(bearers(VERIFY)).toEqual(['mfa-1']);
      expect(bearers(PAYOUTS)).toEqual(Array(5).fill('access-2'));
    });

    it('keeps the refresh token that answered mfa_required', async () => {
      server.script(REFRESH, mfaRequired({ reason: 'idle' }));
      const client = await aSignedInClient();
      pass(300);
      await expect(client.fetch('/v1/payouts')).rejects.toMatchObject({ code: 'mfa_required', status: 401 });
      await expect(client.fetch('/v1/payouts')).rejects.toMatchObject({ code: 'mfa_required' });
      expect(presented()).toEqual(['refresh-1', 'refresh-1']);
      expect(server.calls(PAYOUTS)).toHaveLength(0);
      expect(signedOut).toEqual([]);
    });

    it('uses up a good access token when the person declines ahead of its end, and asks once', async () => {
      server.script(REFRESH, mfaRequired({ reason: 'idle' }));
      const asked: string[] = [];
      const client = await aSignedInClient({
        onStepUp: (stepUp) => {
          asked.push(stepUp.code);
          return Promise.resolve(false);
        },
      });
      pass(275);
      await client.fetch('/v1/payouts');
      pass(20);
      await client.fetch('/v1/payouts');
      expect(asked).toHaveLength(1);
      expect(bearers(PAYOUTS)).toEqual(['access-1', 'access-1']);
      pass(5);
      await expect(client.fetch('/v1/payouts')).rejects.toMatchObject({ code: 'mfa_required' });
      expect(asked).toHaveLength(2);
    });

    it('keeps a refresh from crossing the verification that replaces its token', async () => {
      const answer = gate();
      server.on(VERIFY, async () => {
        await answer.opened;
        return authenticated(3);
      });
      server.on(REFRESH, () => problem(401, 'invalid_refresh_token'));
      const client = await aSignedInClient();
      const verification = client.verify('challenge', { code: '123456' });
      await until(() => server.calls(VERIFY).length === 1);
      pass(280);
      const call = client.fetch('/v1/payouts');
      answer.open();
      await Promise.all([verification, call]);
      expect(server.calls(REFRESH)).toHaveLength(0);
      expect(bearers(PAYOUTS)).toEqual(['access-3']);
      expect(signedOut).toEqual([]);
    });
  });

  describe('several tabs', () => {
    it('reads the store again within the lock, and does not refresh what another tab has refreshed', async () => {
      server.on(REFRESH, rotating());
      const shared = { store: new MemoryTokenStore(), lock: mutex() };
      const one = await aSignedInClient(shared);
      const two = aClient(shared);
      pass(300);
      await Promise.all([one.fetch('/v1/payouts'), two.fetch('/v1/payouts'), two.fetch('/v1/payouts')]);
      expect(presented()).toEqual(['refresh-1']);
      expect(bearers(PAYOUTS)).toEqual(['access-2', 'access-2', 'access-2']);
    });

    it('runs whatever replaces tokens under the lock', async () => {
      let held = 0;
      const queue = mutex();
      const lock = <T>(fn: () => Promise<T>) => {
        held += 1;
        return queue(fn);
      };
      server.on(REFRESH, rotating());
      server.script(VERIFY, authenticated(5));
      server.script(LOGOUT, { status: 204 });
      const client = await aSignedInClient({ lock });
      await client.refresh();
      await client.verify('challenge', { code: '123456' });
      await client.logout();
      expect(held).toBe(4);
    });

    it('takes the tokens of a tab that was quicker, where they have no lock', async () => {
      const store = new MemoryTokenStore();
      const one = await aSignedInClient({ store });
      const two = aClient({ store });
      const refused = gate();
      server.on(REFRESH, async () => {
        if (server.calls(REFRESH).length > 1) return authenticated(2);
        await refused.opened;
        return problem(401, 'invalid_refresh_token');
      });
      pass(300);
      const slow = one.fetch('/v1/payouts');
      await until(() => server.calls(REFRESH).length === 1);
      await two.fetch('/v1/payouts');
      refused.open();
      await slow;
      expect(bearers(PAYOUTS)).toEqual(['access-2', 'access-2']);
      expect(signedOut).toEqual([]);
    });

    it('sees that another tab has signed out', async () => {
      server.script(LOGOUT, { status: 204 });
      const shared = { store: new MemoryTokenStore(), lock: mutex() };
      const one = await aSignedInClient(shared);
      const two = aClient(shared);
      await one.logout();
      await expect(two.session()).resolves.toBeUndefined();
    });
  });

  describe('signing out', () => {
    it('tells once when the refresh token is refused, and keeps nothing', async () => {
      server.script(REFRESH, problem(401, 'invalid_refresh_token'));
      const client = await aSignedInClient();
      pass(300);
      const calls = await Promise.allSettled(Array.from({ length: 5 }, () => client.fetch('/v1/payouts')));
      for (const call of calls) expect(call).toMatchObject({ reason: { code: 'invalid_refresh_token' } });
      expect(signedOut).toEqual(['session_ended']);
      await expect(client.session()).resolves.toBeUndefined();
      await expect(client.refresh()).resolves.toEqual({ status: 'signed_out' });
      expect(server.calls(REFRESH)).toHaveLength(1);
    });

    it('ends the session at the server, and here', async () => {
      server.script(LOGOUT, { status: 204 });
      const client = await aSignedInClient();
      await client.logout();
      expect(server.calls(LOGOUT)).toMatchObject([{ bearer: 'access-1', body: { refreshToken: 'refresh-1' } }]);
      expect(signedOut).toEqual(['logged_out']);
      await client.fetch('/v1/payouts');
      expect(bearers(PAYOUTS)).toEqual([undefined]);
    });

    it('ends a sign-in that waits for its second factor', async () => {
      server.script(LOGIN, mfaRequired());
      server.script(LOGOUT, { status: 204 });
      const client = aClient();
      await client.login('ada', 'a password');
      await client.logout();
      expect(server.calls(LOGOUT)).toMatchObject([{ bearer: 'mfa-1' }]);
    });

    it('keeps nothing when the server could not be told', async () => {
      server.script(LOGOUT, 'drop');
      const client = await aSignedInClient();
      await expect(client.logout()).rejects.toBeInstanceOf(CountersignUnreachable);
      await expect(client.session()).resolves.toBeUndefined();
    });

    it('does not let a refresh that is under way bring the tokens back', async () => {
      const answer = gate();
      server.on(REFRESH, async () => {
        await answer.opened;
        return authenticated(2);
      });
      server.script(LOGOUT, { status: 204 });
      const client = await aSignedInClient();
      const refresh = client.refresh();
      await until(() => server.calls(REFRESH).length === 1);
      const logout = client.logout();
      answer.open();
      await Promise.all([refresh, logout]);
      expect(server.calls(LOGOUT)).toMatchObject([{ bearer: 'access-2', body: { refreshToken: 'refresh-2' } }]);
      await expect(client.session()).resolves.toBeUndefined();
    });
  });
});

/** Holds something back until it is opened. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** Lets what is under way on the loopback interface go on until something has happened. */
async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setImmediate(resolve));
}
