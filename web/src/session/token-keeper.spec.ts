import type { Authenticated, AuthResult, SecondFactorWanted } from '../api/contract';
import { ApiProblem, Unreachable } from '../api/problem';
import { mutex } from './lock';
import { type TabNews, TokenKeeper } from './token-keeper';

const authenticated = (number: number, session = 'session'): Authenticated => ({
  status: 'authenticated',
  accessToken: `access-${number}`,
  expiresIn: 300,
  session: { id: session, acr: 'aal1', amr: ['pwd'] },
});
const wanted: SecondFactorWanted = {
  status: 'mfa_required',
  mfaToken: 'mfa-1',
  expiresIn: 300,
  reason: 'idle',
  factors: [],
};
const ended = new ApiProblem({ status: 401, code: 'invalid_refresh_token' });

describe(TokenKeeper, () => {
  let answers: (AuthResult | Error)[];
  let asked: number;
  let news: TabNews[];
  let kept: string[];
  let now: number;
  let keeper: TokenKeeper;

  beforeEach(() => {
    answers = [];
    asked = 0;
    news = [];
    kept = [];
    now = 1_000_000;
    keeper = new TokenKeeper({
      refresh: () => {
        asked++;
        const answer = answers.shift() ?? ended;
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
      lock: mutex(),
      now: () => now,
      tellTabs: (each) => news.push(each),
      keepDeviceToken: (each) => kept.push(each),
    });
  });

  const logIn = (result: AuthResult = authenticated(1)) =>
    keeper.exchange(
      () => Promise.resolve(result),
      (each) => each,
    );
  const usable = async () => {
    const found = await keeper.usable();
    return 'mfaToken' in found ? found.mfaToken : found.accessToken;
  };

  it('hands over the device token where one came, and nothing where none did', async () => {
    await logIn({ ...authenticated(1), deviceToken: 'csd_1' });
    await logIn(authenticated(2));
    expect(kept).toEqual(['csd_1']);
  });

  it('finds by the cookie who is signed in', async () => {
    answers = [authenticated(1)];
    await keeper.restore();
    await expect(usable()).resolves.toBe('access-1');
    expect(asked).toBe(1);
  });

  it('finds nobody, and says nothing of an end', async () => {
    await keeper.restore();
    expect(keeper.standing).toEqual({ is: 'signed_out', why: 'nobody' });
  });

  it('finds a session that wants the second factor', async () => {
    answers = [wanted];
    await keeper.restore();
    expect(keeper.standing).toEqual({ is: 'pending', wanted });
  });

  it('stays in the dark while the service does not answer', async () => {
    answers = [new Unreachable(), new Unreachable()];
    await expect(keeper.restore()).rejects.toBeInstanceOf(Unreachable);
    expect(keeper.standing).toEqual({ is: 'unknown' });
  });

  it('presents the cookie again at once when an answer was lost', async () => {
    answers = [new Unreachable(), authenticated(1)];
    await keeper.restore();
    await expect(usable()).resolves.toBe('access-1');
  });

  it('renews an access token shortly before its end, once for all who ask', async () => {
    await logIn();
    now += 269_000;
    await expect(usable()).resolves.toBe('access-1');
    now += 1000;
    answers = [authenticated(2)];
    await expect(Promise.all([usable(), usable(), usable()])).resolves.toEqual(Array(3).fill('access-2'));
    expect(asked).toBe(1);
  });

  it('uses a token that lives while the service is busy, and no longer', async () => {
    await logIn();
    now += 280_000;
    answers = [
      new ApiProblem({ status: 503, code: 'unavailable' }),
      new ApiProblem({ status: 503, code: 'unavailable' }),
    ];
    await expect(usable()).resolves.toBe('access-1');
    now += 20_000;
    await expect(usable()).rejects.toMatchObject({ code: 'unavailable' });
    expect(keeper.standing.is).toBe('signed_in');
  });

  it('stays signed in while a refresh wants the second factor', async () => {
    await logIn();
    now += 300_000;
    answers = [wanted];
    await expect(usable()).resolves.toBe('mfa-1');
    expect(keeper.standing.is).toBe('signed_in');
  });

  it('is signed out when the session has ended', async () => {
    await logIn();
    await expect(keeper.renew()).rejects.toBe(ended);
    expect(keeper.standing).toEqual({ is: 'signed_out', why: 'session_ended' });
  });

  it('lets no refresh cross a call that renews tokens', async () => {
    await logIn();
    let finish: (result: AuthResult) => void = () => undefined;
    const verifying = keeper.exchange(
      () => new Promise<AuthResult>((resolve) => (finish = resolve)),
      (each) => each,
    );
    answers = [authenticated(3)];
    const renewing = keeper.renew();
    await new Promise(setImmediate);
    expect(asked).toBe(0);
    finish(authenticated(2));
    await verifying;
    await expect(renewing).resolves.toMatchObject({ accessToken: 'access-3' });
  });

  it('tells the other tabs what they have to know, and no token', async () => {
    await logIn();
    await logIn(authenticated(2));
    await keeper.end(() => Promise.resolve());
    expect(news).toEqual(['signed_in', 'renewed', 'signed_out']);
  });

  it('keeps nothing after a logout, also when the service could not be told', async () => {
    await logIn();
    await expect(keeper.end(() => Promise.reject(new Unreachable()))).rejects.toBeInstanceOf(Unreachable);
    expect(keeper.standing).toEqual({ is: 'signed_out', why: 'logged_out' });
  });

  it('follows the news of other tabs', async () => {
    answers = [authenticated(1)];
    await keeper.hear('signed_in');
    await expect(usable()).resolves.toBe('access-1');
    answers = [authenticated(2)];
    await keeper.hear('renewed');
    await expect(usable()).resolves.toBe('access-2');
    await keeper.hear('signed_out');
    expect(keeper.standing).toEqual({ is: 'signed_out', why: 'elsewhere' });
  });
});
