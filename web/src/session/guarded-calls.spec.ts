import type { Authenticated, AuthResult, SecondFactorWanted } from '../api/contract';
import { ApiProblem } from '../api/problem';
import { GuardedCalls } from './guarded-calls';
import { mutex } from './lock';
import { StepUpDeclined, StepUpDesk } from './step-up';
import { TokenKeeper } from './token-keeper';

const authenticated = (number: number): Authenticated => ({
  status: 'authenticated',
  accessToken: `access-${number}`,
  expiresIn: 300,
  session: { id: 'session', acr: 'aal1', amr: ['pwd'] },
});
const wanted: SecondFactorWanted = {
  status: 'mfa_required',
  mfaToken: 'mfa-1',
  expiresIn: 300,
  reason: 'idle',
  factors: [],
};
const problem = (code: string, status = 401) => new ApiProblem({ status, code, required: { maxAge: 600 } as object });

describe(GuardedCalls, () => {
  let now: number;
  let refreshed: AuthResult[];
  let sent: string[];
  let refusals: (Error | undefined)[];
  let keeper: TokenKeeper;
  let desk: StepUpDesk;
  let calls: GuardedCalls;

  beforeEach(async () => {
    now = 1_000_000;
    refreshed = [];
    sent = [];
    refusals = [];
    keeper = new TokenKeeper({
      refresh: () => {
        const next = refreshed.shift();
        return next === undefined ? Promise.reject(problem('invalid_refresh_token')) : Promise.resolve(next);
      },
      lock: mutex(),
      now: () => now,
      tellTabs: () => undefined,
      keepDeviceToken: () => undefined,
    });
    desk = new StepUpDesk();
    calls = new GuardedCalls(keeper, desk, () => now);
    await signIn(1);
  });

  const signIn = (number: number) =>
    keeper.exchange(
      () => Promise.resolve(authenticated(number)),
      (each) => each,
    );
  const run = () =>
    calls.run((token) => {
      sent.push(token);
      const refusal = refusals.shift();
      return refusal === undefined ? Promise.resolve('done') : Promise.reject(refusal);
    });
  /** The person at the dialog. */
  const person = (answer: () => Promise<boolean>) => {
    const demands: (string | undefined)[] = [];
    desk.subscribe(() => {
      if (desk.demand === undefined) return;
      demands.push(desk.demand.code);
      void answer().then((isGiven) => {
        desk.settle(isGiven);
      });
    });
    return demands;
  };

  it('refreshes once for a token that was refused, and repeats', async () => {
    refusals = [problem('token_invalid')];
    refreshed = [authenticated(2)];
    await expect(run()).resolves.toBe('done');
    expect(sent).toEqual(['access-1', 'access-2']);
  });

  it('gives up when the new token is refused, too', async () => {
    refusals = [problem('token_invalid'), problem('token_invalid')];
    refreshed = [authenticated(2), authenticated(3)];
    await expect(run()).rejects.toMatchObject({ code: 'token_invalid' });
    expect(sent).toHaveLength(2);
  });

  it.each(['mfa_required', 'mfa_stale', 'mfa_insufficient', 'mfa_enrollment_required', 'reauthentication_required'])(
    'asks the person on %s, and repeats the request once',
    async (code) => {
      const demands = person(async () => {
        await signIn(2);
        return true;
      });
      refusals = [problem(code)];
      await expect(run()).resolves.toBe('done');
      expect(demands).toEqual([code]);
      expect(sent).toEqual(['access-1', 'access-2']);
    },
  );

  it('never asks in a loop', async () => {
    const demands = person(async () => {
      await signIn(2);
      return true;
    });
    refusals = [problem('mfa_stale'), problem('mfa_stale')];
    await expect(run()).rejects.toMatchObject({ code: 'mfa_stale' });
    expect(demands).toEqual(['mfa_stale']);
  });

  it('does nothing when the person declines', async () => {
    person(() => Promise.resolve(false));
    refusals = [problem('mfa_stale')];
    await expect(run()).rejects.toBeInstanceOf(StepUpDeclined);
    expect(sent).toEqual(['access-1']);
  });

  it('asks one person once for several calls', async () => {
    const demands = person(async () => {
      await signIn(2);
      return true;
    });
    refusals = [problem('mfa_stale'), problem('mfa_stale')];
    await expect(Promise.all([run(), run()])).resolves.toEqual(['done', 'done']);
    expect(demands).toEqual(['mfa_stale']);
  });

  it.each(['forbidden', 'not_found', 'rate_limited', 'invalid_credentials'])(
    'neither refreshes nor asks on %s',
    async (code) => {
      refusals = [problem(code)];
      await expect(run()).rejects.toMatchObject({ code });
      expect(sent).toEqual(['access-1']);
    },
  );

  it('uses the old token to its end when the person does not answer a refresh that asks', async () => {
    person(() => Promise.resolve(false));
    now += 280_000;
    refreshed = [wanted];
    await expect(run()).resolves.toBe('done');
    expect(sent).toEqual(['access-1']);

    now += 20_000;
    refreshed = [wanted];
    await expect(run()).rejects.toBeInstanceOf(StepUpDeclined);
    expect(keeper.standing).toEqual({ is: 'pending', wanted });
  });
});
