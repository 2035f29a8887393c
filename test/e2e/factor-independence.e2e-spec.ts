import { DataSource } from 'typeorm';
import type { MfaChallengeEntity } from '../../src/mfa/challenges/entities/mfa-challenge.entity';
import { Accounts } from '../../src/users/accounts/accounts.store';
import { mailboxOf } from '../../src/users/accounts/mailbox';
import { Forgetful } from '../support/password-recovery';
import { Person } from '../support/person';
import { PLUGGED_ANSWER, WITH_PLUGGED_FACTORS } from '../support/plugged-factors';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(120_000);

const NEW_PASSWORD = 'punched cards hold flowers';

describe('A mailbox that reset the password', () => {
  let app: TestApp;
  let somebody: Forgetful;

  beforeAll(async () => {
    app = await startTestApp(WITH_PLUGGED_FACTORS);
    somebody = new Forgetful(app);
  });
  afterAll(() => app.close());

  type Types = readonly string[];
  const typesOf = (body: { factors: { type: string }[] }): Types => body.factors.map(({ type }) => type);

  const enroll = (person: Person, type: string, email?: string, token = person.accessToken) =>
    person.post('/v1/mfa/factors', { type, ...(email !== undefined && { email }) }, token);

  const activate = (person: Person, factorId: string, token = person.accessToken) =>
    person.post(`/v1/mfa/factors/${factorId}/activate`, { code: PLUGGED_ANSWER }, token);

  /** Adds a factor that takes the answer. @returns its id */
  async function add(person: Person, type: string, email?: string): Promise<string> {
    const factorId = (await enroll(person, type, email).expect(201)).body.factor.id as string;
    const { body } = await activate(person, factorId).expect(200);
    person.recoveryCodes = body.recoveryCodes ?? person.recoveryCodes;
    person.take(body.auth);
    return factorId;
  }

  /** Somebody whose first factor is the mailbox of the account. */
  async function withMailbox(address?: string): Promise<Person> {
    const ada = await Person.withEmail(app);
    ada.factorId = await add(ada, 'mailbox', address ?? ada.email);
    return ada;
  }

  async function reset(person: Person): Promise<void> {
    await somebody.reset(await somebody.link(person), NEW_PASSWORD).expect(204);
    person.password = NEW_PASSWORD;
  }

  async function factorOf(person: Person, type: string): Promise<string> {
    const { body } = await person.get('/v1/mfa/factors', person.mfaToken || person.accessToken).expect(200);
    return (body.items as { id: string; type: string }[]).find((factor) => factor.type === type)!.id;
  }

  const challenge = (person: Person, factorId?: string) =>
    person.post('/v1/mfa/challenges', { ...(factorId && { factorId }) }, person.mfaToken || person.accessToken);

  it('was a second factor until then', async () => {
    const ada = await withMailbox();
    const { body } = await ada.login();
    expect(body).toMatchObject({ status: 'mfa_required', reason: 'login' });
    expect(typesOf(body)).toEqual(['mailbox', 'recovery_code']);
    await ada.verify(await ada.challenge(), PLUGGED_ANSWER).expect(200);
  });

  it.each([
    ['as the account has it', undefined],
    ['in other letters', (email: string) => email.toUpperCase()],
    ['with a sub-address', (email: string) => email.replace('@', '+codes@')],
  ])('is no second factor any more: the address %s', async (_, written) => {
    const ada = await Person.withEmail(app);
    ada.factorId = await add(ada, 'mailbox', written?.(ada.email) ?? ada.email);
    await reset(ada);
    const { body } = await ada.login();
    expect(body).toMatchObject({ status: 'mfa_required', reason: 'recovery' });
    expect(typesOf(body)).toEqual(['recovery_code']);
    const named = await refused(challenge(ada, ada.factorId), 403, 'forbidden');
    expect(named.body.detail).toMatch(/mailbox reset the password/);
    // Unless said, what counts is challenged, though the mailbox is the preferred one.
    expect((await challenge(ada).expect(201)).body.type).toBe('recovery_code');
  });

  it('leaves nothing to use where it is all there is, and that is said', async () => {
    const ada = await withMailbox();
    const dataSource = app.nest.get(DataSource);
    await dataSource.getRepository('MfaFactorEntity').delete({ type: 'recovery_code', userId: await idOf(ada) });
    await reset(ada);
    const { body } = await ada.login();
    expect(body).toMatchObject({ status: 'mfa_required', reason: 'recovery', factors: [] });
    expect(body).not.toHaveProperty('accessToken');
    const { body: problem } = await refused(challenge(ada), 403, 'forbidden');
    expect(problem.detail).toMatch(/mailbox reset the password/);
    // Nor does the half sign-in enroll another way out.
    await refused(enroll(ada, 'totp', undefined, ada.mfaToken), 403, 'forbidden');
  });

  it('does not pass a challenge that was begun before', async () => {
    const ada = await withMailbox();
    await ada.login();
    const begun = await ada.challenge();
    await reset(ada);
    await refused(ada.verify(begun, PLUGGED_ANSWER), 401, 'token_invalid');
  });

  it('does not pass one either where the session outlived the reset', async () => {
    const ada = await withMailbox();
    await ada.login();
    const begun = await ada.challenge();
    await markRecovered(ada);
    const { body } = await refused(ada.verify(begun, PLUGGED_ANSWER), 403, 'forbidden');
    expect(body.detail).toMatch(/mailbox reset the password/);
    // The challenge is not used up by that.
    const challenges = app.nest.get(DataSource).getRepository<MfaChallengeEntity>('MfaChallengeEntity');
    expect(await challenges.findOneBy({ id: begun })).toMatchObject({ consumedAt: null, attempts: 0 });
    // Once something else was verified, the mailbox counts again.
    await ada.verify(await ada.challenge(ada.mfaToken, await factorOf(ada, 'recovery_code')), ada.recoveryCodes[0]!);
    const { body: next } = await ada.login();
    expect(typesOf(next)).toEqual(['mailbox', 'recovery_code']);
  });

  it('cannot become the first factor', async () => {
    const ada = await Person.withEmail(app);
    await reset(ada);
    expect((await ada.login()).body.status).toBe('authenticated');
    for (const address of [ada.email, ada.email.toUpperCase(), ada.email.replace('@', '+2@')]) {
      const { body } = await refused(enroll(ada, 'mailbox', address), 403, 'forbidden');
      expect(body.detail).toMatch(/mailbox reset the password/);
    }
    expect((await ada.get('/v1/mfa/factors', ada.accessToken).expect(200)).body.items).toEqual([]);
    // The password confirmed, or another login, changes nothing.
    ada.take((await ada.reauthenticate().expect(200)).body);
    await refused(enroll(ada, 'mailbox', ada.email), 403, 'forbidden');
  });

  it('cannot become the first factor by one that was begun before', async () => {
    const ada = await Person.withEmail(app);
    const begun = (await enroll(ada, 'mailbox', ada.email).expect(201)).body.factor.id as string;
    const { accessToken } = ada;
    await reset(ada);
    await refused(activate(ada, begun, accessToken), 401, 'token_invalid');
    await ada.login();
    await refused(activate(ada, begun), 404, 'not_found'); // Another session's.
  });

  it('cannot become it either where the session outlived the reset', async () => {
    const ada = await Person.withEmail(app);
    const begun = (await enroll(ada, 'mailbox', ada.email).expect(201)).body.factor.id as string;
    await markRecovered(ada);
    await refused(activate(ada, begun), 403, 'forbidden');
    expect((await ada.get('/v1/users/me', ada.accessToken)).body.mfaEnrolled).toBe(false);
  });

  it('stays that after the password was changed by whoever has reset it', async () => {
    const ada = await Person.withEmail(app);
    await reset(ada);
    await ada.login();
    const change = { currentPassword: ada.password, newPassword: 'another one of my own' };
    await ada.put('/v1/users/me/password', change, ada.accessToken).expect(204);
    await refused(enroll(ada, 'mailbox', ada.email), 403, 'forbidden');
  });

  it('leaves another mailbox alone', async () => {
    const ada = await withMailbox('elsewhere@example.org');
    await reset(ada);
    expect(typesOf((await ada.login()).body)).toEqual(['mailbox', 'recovery_code']);
    await ada.verify(await ada.challenge(), PLUGGED_ANSWER).expect(200);
  });

  describe('counts again once something else was verified:', () => {
    async function countsAgain(ada: Person): Promise<void> {
      const { body } = await ada.login();
      expect(body.reason).toBe('login');
      expect(typesOf(body)).toContain('mailbox');
      await ada.verify(await ada.challenge(ada.mfaToken, await factorOf(ada, 'mailbox')), PLUGGED_ANSWER).expect(200);
    }

    it('a recovery code', async () => {
      const ada = await withMailbox();
      await reset(ada);
      await ada.login();
      await ada.verify(await ada.challenge(), ada.recoveryCodes[0]!).expect(200);
      await countsAgain(ada);
    });

    it('an authenticator app', async () => {
      const ada = await withMailbox();
      const mailbox = ada.factorId;
      await ada.enroll();
      await ada.activate();
      app.clock.advance(30);
      await reset(ada);
      expect(typesOf((await ada.login()).body)).toEqual(['totp', 'recovery_code']);
      // A wrong code is no proof.
      const begun = await ada.challenge();
      await refused(ada.verify(begun, ada.authenticator.wrongCode()), 400, 'invalid_code');
      await refused(challenge(ada, mailbox), 403, 'forbidden');
      await ada.verify(begun, ada.authenticator.code()).expect(200);
      await countsAgain(ada);
    });

    it('a first factor of another kind, and then it may be added to that', async () => {
      const ada = await Person.withEmail(app);
      await reset(ada);
      await ada.login();
      await add(ada, 'key');
      await add(ada, 'mailbox', ada.email);
      await countsAgain(ada);
    });

    it('until the next reset', async () => {
      const ada = await withMailbox();
      await reset(ada);
      await ada.login();
      await ada.verify(await ada.challenge(), ada.recoveryCodes[0]!).expect(200);
      await reset(ada);
      expect(typesOf((await ada.login()).body)).toEqual(['recovery_code']);
    });
  });

  async function idOf({ username }: Person): Promise<string> {
    return (await app.nest.get(Accounts, { strict: false }).findIdByIdentifier(username))!;
  }

  /** What a reset leaves on the account, without what else it ends. */
  async function markRecovered(person: Person): Promise<void> {
    const users = app.nest.get(DataSource).getRepository('UserEntity');
    await users.update({ id: await idOf(person) }, { recoveredMailbox: mailboxOf(person.email) });
  }
});
