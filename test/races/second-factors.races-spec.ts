import { DataSource } from 'typeorm';
import type { NoticeKind } from '../../src/users/notices/notices';
import { FactorRegistry } from '../../src/mfa/factors/factor-registry';
import { atOnce, CLIENTS, tally } from '../support/at-once';
import { requirePostgres } from '../support/database';
import { Person } from '../support/person';
import { SAMPLE_ANSWER, WITH_SAMPLE_FACTOR } from '../support/sample-factor';
import { startTestApp, type TestApp } from '../support/test-app';
import { Told } from '../support/told';

jest.setTimeout(120_000); // hundreds of requests on a busy machine

const STEP = 30;

describe('Thirty clients at once', () => {
  let app: TestApp;
  let told: Told;

  beforeAll(async () => {
    requirePostgres();
    app = await startTestApp({ ...WITH_SAMPLE_FACTOR, env: { ...WITH_SAMPLE_FACTOR.env, DOCS: 'off' } });
    told = new Told(app);
  });
  afterAll(() => app.close());

  /** As many half sign-ins of the same person. */
  async function halfSignIns(person: Person): Promise<Person[]> {
    return atOnce(async () => {
      const twin = person.elsewhere();
      await twin.login();
      return twin;
    });
  }

  async function recoveryFactorOf(person: Person): Promise<string> {
    const { body } = await person.get('/v1/mfa/factors', person.accessToken).expect(200);
    return (body.items as { id: string; type: string }[]).find(({ type }) => type === 'recovery_code')!.id;
  }

  function toldOf(person: Person, kind: NoticeKind): number {
    return told.to(person).filter((notice) => notice.kind === kind).length;
  }

  function remaining(person: Person) {
    return person.get('/v1/mfa/recovery-codes', person.accessToken).then(({ body }) => body.remaining as number);
  }

  it('with one code for one challenge: one gets in', async () => {
    const ada = await Person.withApp(app);
    await ada.login();
    const challenge = await ada.challenge();
    const code = ada.authenticator.code();
    const answers = await atOnce(() => ada.verify(challenge, code));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    // The others find the challenge used, its tries spent, or the round of their token over.
    for (const { status } of answers) expect([200, 400, 401]).toContain(status);
    ada.take(answers.find(({ status }) => status === 200)!.body);
    await ada.get('/v1/payouts', ada.accessToken).expect(200);
    await ada.refresh().expect(200);
  });

  it('with one code for thirty challenges of one session: one gets in', async () => {
    const ada = await Person.withApp(app);
    await ada.login();
    const challenges = await atOnce(() => ada.challenge());
    const code = ada.authenticator.code();
    const answers = await atOnce((client) => ada.verify(challenges[client]!, code));
    expect(tally(answers)['200']).toBe(1);
    ada.take(answers.find(({ status }) => status === 200)!.body);
    await ada.refresh().expect(200);
  });

  it('with one code for thirty challenges of a signed-in session: one steps up', async () => {
    const ada = await Person.withApp(app);
    const { accessToken } = ada;
    const challenges = await atOnce(() => ada.challenge(accessToken));
    const code = ada.authenticator.code();
    const answers = await atOnce((client) => ada.verify(challenges[client]!, code, accessToken));
    expect(tally(answers)['200']).toBe(1);
    ada.take(answers.find(({ status }) => status === 200)!.body);
    await ada.refresh().expect(200);
  });

  it('with one code for thirty sessions: one gets in', async () => {
    const ada = await Person.withApp(app);
    const twins = await halfSignIns(ada);
    const challenges = await atOnce((client) => twins[client]!.challenge());
    const code = ada.authenticator.code();
    const answers = await atOnce((client) => twins[client]!.verify(challenges[client]!, code));
    expect(tally(answers)['200']).toBe(1);
  });

  it('with one recovery code: one gets in, and the other nine codes are still good', async () => {
    const ada = await Person.withApp(app);
    const factorId = await recoveryFactorOf(ada);
    const twins = await halfSignIns(ada);
    const challenges = await atOnce((client) => twins[client]!.challenge(twins[client]!.mfaToken, factorId));
    const [code, ...others] = ada.recoveryCodes;
    const answers = await atOnce((client) => twins[client]!.verify(challenges[client]!, code!));
    expect(tally(answers)['200']).toBe(1);
    expect(await remaining(ada)).toBe(9);
    expect(toldOf(ada, 'recovery-code-used')).toBe(1);
    expect(toldOf(ada, 'factor-locked')).toBe(0); // Nobody guesses one, so twenty-nine wrong ones lock nothing.

    for (const other of others) {
      await ada.login();
      await ada.verify(await ada.challenge(ada.mfaToken, factorId), other).expect(200);
    }
  });

  it('with ten recovery codes: all ten get in, once each', async () => {
    const ada = await Person.withApp(app);
    const factorId = await recoveryFactorOf(ada);
    const twins = await halfSignIns(ada);
    const challenges = await atOnce((client) => twins[client]!.challenge(twins[client]!.mfaToken, factorId), 10);
    const answers = await atOnce(
      (client) => twins[client]!.verify(challenges[client]!, ada.recoveryCodes[client]!),
      10,
    );
    expect(tally(answers)).toEqual({ '200': 10 });
    expect(await remaining(ada)).toBe(0);
  });

  it('making recovery codes anew: one whole set stands, and no code of another', async () => {
    const ada = await Person.withApp(app);
    const factorId = await recoveryFactorOf(ada);
    const { accessToken } = ada;
    const answers = await atOnce(() => ada.post('/v1/mfa/recovery-codes', {}, accessToken), 10);
    expect(tally(answers)).toEqual({ '201': 10 });
    expect(await remaining(ada)).toBe(10);

    const getsIn = async (code: string) => {
      const twin = ada.elsewhere();
      await twin.login();
      return (await twin.verify(await twin.challenge(twin.mfaToken, factorId), code)).status === 200;
    };
    const sets = answers.map(({ body }) => body.codes as string[]);
    const standing: string[][] = [];
    // Nine wrong ones in a row lock nothing yet.
    for (const set of sets) if (await getsIn(set[0]!)) standing.push(set);
    expect(standing).toHaveLength(1);
    for (const code of standing[0]!.slice(1)) expect(await getsIn(code)).toBe(true);
    expect(await remaining(ada)).toBe(0);
  });

  it('proving one factor: it is activated once, with one set of recovery codes', async () => {
    const ada = await Person.signedIn(app);
    await ada.enroll();
    const code = ada.authenticator.code();
    const path = `/v1/mfa/factors/${ada.factorId}/activate`;
    const { accessToken } = ada;
    const answers = await atOnce(() => ada.post(path, { code }, accessToken));
    const [activated, ...rest] = answers.filter(({ status }) => status === 200);
    expect(rest).toEqual([]);
    ada.take(activated!.body.auth);
    const { items } = (await ada.get('/v1/mfa/factors', ada.accessToken)).body;
    expect(items.map(({ type }: { type: string }) => type).sort()).toEqual(['recovery_code', 'totp']);
    expect(await remaining(ada)).toBe(10);
    const factorId = await recoveryFactorOf(ada);
    await ada.login();
    await ada.verify(await ada.challenge(ada.mfaToken, factorId), activated!.body.recoveryCodes[4]).expect(200);
  });

  it('with two factors for one account that has none: one is its first, the other is turned away', async () => {
    for (let round = 0; round < 5; round++) {
      const ada = await Person.signedIn(app);
      const eve = ada.elsewhere();
      await eve.login();
      await ada.enroll();
      const { body } = await eve.post('/v1/mfa/factors', { type: 'sample' }, eve.accessToken).expect(201);
      const code = ada.authenticator.code();
      const answers = await Promise.all([
        ada.post(`/v1/mfa/factors/${ada.factorId}/activate`, { code }, ada.accessToken),
        eve.post(`/v1/mfa/factors/${body.factor.id as string}/activate`, { code: SAMPLE_ANSWER }, eve.accessToken),
      ]);
      expect(tally(answers)).toEqual({ '200': 1, mfa_required: 1 });
      const winner = answers[0].status === 200 ? ada : eve;
      winner.take(answers.find(({ status }) => status === 200)!.body.auth);
      const { items } = (await winner.get('/v1/mfa/factors', winner.accessToken)).body;
      expect(items).toHaveLength(2);
      expect(await remaining(winner)).toBe(10);
    }
  });

  it('dropping both factors of an account: never does one stay that nobody is asked for', async () => {
    for (let round = 0; round < 5; round++) {
      const ada = await Person.withApp(app);
      const sample = await enrollSample(ada);
      const { accessToken } = ada;
      const answers = await Promise.all(
        [ada.factorId, sample].map((id) => ada.delete(`/v1/mfa/factors/${id}`, accessToken)),
      );
      expect(tally(answers)).toEqual({ '204': 2 });
      expect((await ada.get('/v1/mfa/factors', accessToken)).body.items).toEqual([]);
      expect((await ada.elsewhere().login()).body.status).toBe('authenticated');
    }
  });

  it('dropping one factor while another is activated: the account keeps the one it has left', async () => {
    for (let round = 0; round < 10; round++) {
      const ada = await Person.withApp(app);
      const { accessToken } = ada;
      const { body } = await ada.post('/v1/mfa/factors', { type: 'sample' }, accessToken).expect(201);
      const sample = body.factor.id as string;
      const [activated, dropped] = await Promise.all([
        ada.post(`/v1/mfa/factors/${sample}/activate`, { code: SAMPLE_ANSWER }, accessToken),
        ada.delete(`/v1/mfa/factors/${ada.factorId}`, accessToken),
      ]);
      expect([activated.status, dropped.status]).toEqual([200, 204]);
      const login = await ada.elsewhere().login();
      expect(login.body).toMatchObject({
        status: 'mfa_required',
        factors: [{ id: sample }, { type: 'recovery_code' }],
      });
      // Ten codes either way: those of before, or those of what became the new first factor.
      const status = await ada.get('/v1/mfa/recovery-codes', activated.body.auth.accessToken as string).expect(200);
      expect(status.body.remaining).toBe(10);
    }
  });

  it('guessing at a factor while it is dropped: nobody waits for one who waits for him', async () => {
    const transactions = jest.spyOn(app.nest.get(DataSource), 'transaction');
    for (let round = 0; round < 5; round++) {
      const ada = await Person.withApp(app);
      const sample = await enrollSample(ada);
      const { accessToken } = ada;
      const challenges = await atOnce(() => ada.challenge(accessToken, sample), 8);
      const [dropped, ...guesses] = await Promise.all([
        ada.delete(`/v1/mfa/factors/${sample}`, accessToken),
        ...challenges.map((id) => ada.verify(id, 'wrong', accessToken)),
      ]);
      expect(dropped.status).toBe(204);
      const { invalid_code = 0, challenge_expired = 0 } = tally(guesses);
      expect(invalid_code + challenge_expired).toBe(guesses.length);
    }
    const outcomes = await Promise.allSettled(transactions.mock.results.map(({ value }) => value as Promise<unknown>));
    transactions.mockRestore();
    const errors = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => String(reason));
    expect(outcomes.length).toBeGreaterThan(45);
    // A deadlock is tried again, so no answer shows it.
    expect(errors.filter((error) => error.includes('deadlock'))).toEqual([]);
  });

  it('asking for a code that voids the one before: one challenge is left to answer', async () => {
    const ada = await Person.withApp(app);
    const sample = await enrollSample(ada);
    const { accessToken } = ada;
    const plugin = app.nest.get(FactorRegistry, { strict: false }).find('sample')!;
    const voids = jest.spyOn(plugin, 'challenge').mockResolvedValue({ voidsEarlier: true });
    const challenges = await atOnce(() => ada.challenge(accessToken, sample));
    voids.mockRestore();
    const answers = [];
    for (const challenge of challenges) answers.push(await ada.verify(challenge, 'wrong', accessToken));
    expect(tally(answers)).toEqual({ invalid_code: 1, challenge_expired: CLIENTS - 1 });
  });

  it('asking whether somebody has answered: no question counts as a try', async () => {
    const ada = await Person.withApp(app);
    const sample = await enrollSample(ada);
    const { accessToken } = ada;
    const challenge = await ada.challenge(accessToken, sample);
    const plugin = app.nest.get(FactorRegistry, { strict: false }).find('sample')!;
    const waits = jest.spyOn(plugin, 'verify').mockResolvedValue({ verdict: 'pending', retryAfter: 1 });
    const answers = await atOnce(() => ada.verify(challenge, SAMPLE_ANSWER, accessToken));
    waits.mockRestore();
    expect(tally(answers)).toEqual({ '202': CLIENTS });
    const wrong = await ada.verify(challenge, 'wrong', accessToken);
    expect(wrong.body).toMatchObject({ code: 'invalid_code', attemptsRemaining: 4 });
    await ada.verify(challenge, SAMPLE_ANSWER, accessToken).expect(200);
  });

  it('guessing at one challenge: five guesses are looked at', async () => {
    const ada = await Person.withApp(app);
    await ada.login();
    const challenge = await ada.challenge();
    const wrong = ada.authenticator.wrongCode();
    const answers = await atOnce(() => ada.verify(challenge, wrong));
    expect(tally(answers)).toEqual({ invalid_code: 5, challenge_expired: CLIENTS - 5 });
    const left = answers.filter(({ status, body }) => status === 400 && body.code === 'invalid_code');
    expect(left.map(({ body }) => body.attemptsRemaining as number).sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('guessing at one factor over thirty sessions: ten guesses are looked at', async () => {
    const ada = await Person.withApp(app);
    const twins = await halfSignIns(ada);
    const challenges = await atOnce((client) => twins[client]!.challenge());
    const wrong = ada.authenticator.wrongCode();
    const answers = await atOnce((client) => twins[client]!.verify(challenges[client]!, wrong));
    expect(tally(answers)).toEqual({ invalid_code: 10, too_many_attempts: CLIENTS - 10 });
    expect(toldOf(ada, 'factor-locked')).toBe(1);
    await ada.login();
    expect((await ada.post('/v1/mfa/challenges', { factorId: ada.factorId }, ada.mfaToken)).body.code).toBe(
      'too_many_attempts',
    );
    app.clock.advance(STEP);
    await ada.verify(await ada.challenge(), ada.authenticator.code()).expect(200);
  });

  it('registering one name: one gets it', async () => {
    const body = { username: 'the-one-and-only', password: 'a loom that weaves algebra' };
    const ada = await Person.registered(app);
    const answers = await atOnce((client) =>
      ada.post('/v1/auth/register', { ...body, username: client % 2 ? body.username : body.username.toUpperCase() }),
    );
    expect(tally(answers)).toEqual({ '201': 1, username_taken: CLIENTS - 1 });
  });

  async function enrollSample(person: Person): Promise<string> {
    const { body } = await person.post('/v1/mfa/factors', { type: 'sample' }, person.accessToken).expect(201);
    const id = body.factor.id as string;
    const path = `/v1/mfa/factors/${id}/activate`;
    person.take((await person.post(path, { code: SAMPLE_ANSWER }, person.accessToken).expect(200)).body.auth);
    return id;
  }
});
