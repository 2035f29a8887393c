import { Injectable, Module } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Desk } from '../../examples/factor/desk';
import { DeskFactor } from '../../examples/factor/desk.factor';
import type { FactorRecord } from '../../src/mfa/factors/factor';
import {
  type ChallengeOffer,
  type EnrollmentOffer,
  type EnrollmentRequest,
  type FactorResponse,
  type FactorVerdict,
  MfaFactor,
  verdictOf,
} from '../../src/mfa/factors/mfa-factor';
import { DomainError } from '../../src/platform/errors/domain-error';
import { OpenApiContract } from '../support/openapi-contract';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { SAMPLE_ANSWER, WITH_SAMPLE_FACTOR } from '../support/sample-factor';
import { startTestApp, type TestApp } from '../support/test-app';
import { Told } from '../support/told';

jest.setTimeout(60_000); // many requests a test, on a busy machine

class FakeDesk extends Desk {
  words: string[] = [];
  questions: { question: string; number: string }[] = [];
  readonly answers = new Map<string, 'yes' | 'no' | 'stranger'>();
  /** What happens before it hears of anything. */
  before: () => Promise<void> = () => Promise.resolve();

  override async handOut(_username: string, word: string): Promise<void> {
    this.words.unshift(word);
    await this.before();
  }
  override async ask(question: string, _userId: string, number: string): Promise<void> {
    this.questions.unshift({ question, number });
    await this.before();
  }
  override answerTo(_tx: EntityManager, question: string) {
    return Promise.resolve(this.answers.get(question));
  }
}

const letters: string[] = [];

/** Sends a code by letter, which somebody may guess. */
@Injectable()
class LetterFactor extends MfaFactor {
  override readonly type = 'letter';
  override readonly acr = 'aal2';
  override readonly amr = ['letter'];
  override readonly defaultName = 'Letter';

  override enroll({ email }: EnrollmentRequest): Promise<EnrollmentOffer> {
    return Promise.resolve({
      ...this.write(),
      ...(email !== undefined && { destination: email }),
      enrollment: {},
    });
  }
  override activate(tx: EntityManager, factor: FactorRecord, response: FactorResponse, state: Buffer | null) {
    if (state === null) throw new DomainError('challenge_expired');
    return this.verify(tx, factor, response, state);
  }
  override challenge(): Promise<ChallengeOffer> {
    return Promise.resolve({ ...this.write(), voidsEarlier: true, sentTo: 'home' });
  }
  override verify(_tx: EntityManager, _factor: FactorRecord, { response }: FactorResponse, state: Buffer | null) {
    return Promise.resolve<FactorVerdict>(verdictOf(response?.['text'] === state?.toString()));
  }

  private write() {
    const text = `letter ${letters.length}`;
    return { state: Buffer.from(text), delivery: { deliver: () => Promise.resolve(void letters.push(text)) } };
  }
}

/** A letter after so many others. @returns the text of the last one */
const lastLetter = () => letters.at(-1)!;

@Module({ providers: [DeskFactor, LetterFactor, { provide: Desk, useClass: FakeDesk }] })
class TeamModule {}

describe('A factor that a team adds', () => {
  let app: TestApp;
  let desk: FakeDesk;
  let told: Told;

  beforeAll(async () => {
    app = await startTestApp({
      imports: [TeamModule, ...WITH_SAMPLE_FACTOR.imports],
      env: { DOCS: 'off', MFA_FACTORS: 'totp,recovery_code,desk,letter,sample' },
    });
    desk = app.nest.get<FakeDesk>(Desk, { strict: false });
    told = new Told(app);
  });
  afterEach(() => {
    desk.before = () => Promise.resolve();
  });
  afterAll(() => app.close());

  async function begin(person: Person, type: string, fields: object = {}): Promise<string> {
    const { body } = await person.post('/v1/mfa/factors', { type, ...fields }, person.accessToken).expect(201);
    return body.factor.id as string;
  }

  function activate(person: Person, id: string, body: object) {
    return person.post(`/v1/mfa/factors/${id}/activate`, body, person.accessToken);
  }

  /** Somebody with this factor as the first and only one, signed in. */
  async function having(type: 'desk' | 'letter'): Promise<Person> {
    const person = await Person.signedIn(app);
    person.factorId = await begin(person, type);
    const answer = type === 'desk' ? { code: desk.words[0] } : { response: { text: lastLetter() } };
    const { body } = await activate(person, person.factorId, answer).expect(200);
    person.take(body.auth);
    person.recoveryCodes = body.recoveryCodes;
    return person;
  }

  function verify(person: Person, challenge: string, response: object = {}) {
    return person.post(`/v1/mfa/challenges/${challenge}/verify`, { response }, person.mfaToken);
  }

  async function pendingOf(person: Person): Promise<string[]> {
    const { body } = await person.get('/v1/mfa/factors', person.accessToken).expect(200);
    const items = body.items as { status: string; type: string }[];
    return items.filter(({ status }) => status === 'pending').map(({ type }) => type);
  }

  it('is enrolled, comes with recovery codes as any other, and is asked for', async () => {
    const ada = await Person.signedIn(app);
    const { body } = await ada.get('/v1/mfa/factors', ada.accessToken).expect(200);
    expect(body.available).toEqual(['totp', 'desk', 'letter', 'sample']);
    const begun = await ada.post('/v1/mfa/factors', { type: 'desk' }, ada.accessToken).expect(201);
    expect(begun.body.enrollment).toEqual({ instructions: 'Ask for your word at the desk.' });
    const id = begun.body.factor.id as string;
    await refused(activate(ada, id, {}), 400, 'validation_failed');
    const wrong = await refused(activate(ada, id, { code: 'some word' }), 400, 'invalid_code');
    // What is malformed was no try.
    expect(wrong.body.attemptsRemaining).toBe(4);
    const activated = await activate(ada, id, { code: desk.words[0] }).expect(200);
    expect(activated.body.recoveryCodes).toHaveLength(10);
    expect(activated.body.auth.session.amr).toEqual(['pwd', 'desk', 'mfa']);
    expect((await ada.login()).body).toMatchObject({
      status: 'mfa_required',
      factors: [{ type: 'desk', preferred: true }, { type: 'recovery_code' }],
    });
  });

  describe('and that waits for somebody', () => {
    it('answers 202 until then; no question counts as a try, and the answer says how it was given', async () => {
      const contract = new OpenApiContract();
      const ada = await having('desk');
      await ada.login();
      const begun = await ada.post('/v1/mfa/challenges', {}, ada.mfaToken).expect(201);
      expect(begun.body.data).toEqual({ number: desk.questions[0]!.number });
      expect(begun.body.id).toBe(desk.questions[0]!.question);
      const challenge = begun.body.id as string;
      // More than the tries of a challenge, and than the failures of a factor.
      for (let polls = 0; polls < 12; polls++) {
        const { body } = contract.check(await verify(ada, challenge).expect(202));
        expect(body).toEqual({ status: 'pending', retryAfter: 2 });
      }
      desk.answers.set(challenge, 'yes');
      const { body } = await verify(ada, challenge).expect(200);
      expect(body).toMatchObject({ status: 'authenticated', session: { amr: ['pwd', 'desk', 'user', 'mfa'] } });
      ada.take(body);
      await ada.get('/v1/payouts', ada.accessToken).expect(200);
    });

    it('gives nothing for the old question once it is asked anew', async () => {
      const ada = await having('desk');
      await ada.login();
      const first = await ada.challenge();
      const second = await ada.challenge();
      desk.answers.set(first, 'yes');
      await refused(verify(ada, first), 400, 'challenge_expired');
      await verify(ada, second).expect(202);
    });

    it('is over after five minutes of waiting', async () => {
      const ada = await having('desk');
      const challenge = await ada.challenge(ada.accessToken);
      app.clock.advance(300);
      ada.take((await ada.refresh().expect(200)).body);
      desk.answers.set(challenge, 'yes');
      const late = ada.post(`/v1/mfa/challenges/${challenge}/verify`, {}, ada.accessToken);
      await refused(late, 400, 'challenge_expired');
    });
  });

  it('that nobody can guess is never locked, whoever knows the password', async () => {
    const ada = await having('desk');
    const eve = ada.elsewhere();
    await eve.login();
    for (let tries = 0, challenge = ''; tries < 15; tries++) {
      if (tries % 5 === 0) {
        challenge = await eve.challenge();
        desk.answers.set(challenge, 'no');
      }
      const { body } = await refused(verify(eve, challenge), 400, 'invalid_code');
      expect(body.attemptsRemaining).toBe(4 - (tries % 5));
    }
    expect(told.to(ada).map(({ kind }) => kind)).toEqual(['factor-added']);
    await ada.login();
    const challenge = await ada.challenge();
    desk.answers.set(challenge, 'yes');
    await verify(ada, challenge).expect(200);
  });

  it('that says somebody else uses it is refused and locked at once, for an hour, and the owner is told once', async () => {
    const ada = await having('desk');
    const eve = ada.elsewhere();
    await eve.login();
    const challenge = await eve.challenge();
    desk.answers.set(challenge, 'stranger');
    const answer = await refused(verify(eve, challenge), 429, 'too_many_attempts');
    expect(answer.body.retryAfter).toBe(3600);
    await refused(verify(eve, challenge), 429, 'too_many_attempts');
    await refused(eve.post('/v1/mfa/challenges', { factorId: ada.factorId }, eve.mfaToken), 429, 'too_many_attempts');
    const kinds = told.to(ada).map(({ kind }) => kind);
    expect(kinds).toEqual(['factor-added', 'factor-compromised']);
    const dataSource = app.nest.get(DataSource);
    const causes = await dataSource.query<{ cause: string }[]>(
      `SELECT details->>'cause' AS cause FROM ${dataSource.getMetadata('AuditEventEntity').tablePath}
        WHERE type = 'mfa.verified' AND outcome = 'failure' AND details->>'factorId' = $1 ORDER BY id`,
      [ada.factorId],
    );
    expect(causes).toEqual([{ cause: 'compromised' }, { cause: 'locked' }]);

    app.clock.advance(3600);
    await ada.login();
    const own = await ada.challenge();
    desk.answers.set(own, 'yes');
    await verify(ada, own).expect(200);
  });

  describe('and whose message cannot be delivered', () => {
    beforeEach(() => {
      desk.before = () => Promise.reject(new DomainError('delivery_failed', { retryAfter: 30 }));
    });

    it('answers 503, and the challenge is gone', async () => {
      desk.before = () => Promise.resolve();
      const ada = await having('desk');
      await ada.login();
      desk.before = () => Promise.reject(new DomainError('delivery_failed', { retryAfter: 30 }));
      await refused(ada.post('/v1/mfa/challenges', {}, ada.mfaToken), 503, 'delivery_failed');
      const { question } = desk.questions[0]!;
      desk.answers.set(question, 'yes');
      await refused(verify(ada, question), 400, 'challenge_expired');
    });

    it('answers 503, and the pending factor is gone', async () => {
      const ada = await Person.signedIn(app);
      await refused(ada.post('/v1/mfa/factors', { type: 'desk' }, ada.accessToken), 503, 'delivery_failed');
      expect(await pendingOf(ada)).toEqual([]);
      expect((await ada.login()).body.status).toBe('authenticated');
    });

    it('stays if it was delivered and proven all the same', async () => {
      const ada = await Person.signedIn(app);
      desk.before = async () => {
        const { body } = await ada.get('/v1/mfa/factors', ada.accessToken).expect(200);
        await activate(ada, body.items[0].id as string, { code: desk.words[0] }).expect(200);
        throw new DomainError('delivery_failed', { retryAfter: 30 });
      };
      await refused(ada.post('/v1/mfa/factors', { type: 'desk' }, ada.accessToken), 503, 'delivery_failed');
      expect((await ada.login()).body).toMatchObject({
        status: 'mfa_required',
        factors: [{ type: 'desk' }, { type: 'recovery_code' }],
      });
    });
  });

  describe('and that keeps state', () => {
    it('has it again to verify: the code of one challenge answers no other, and of two the newer works', async () => {
      const ada = await having('letter');
      await ada.login();
      const begun = await ada.post('/v1/mfa/challenges', {}, ada.mfaToken).expect(201);
      expect(begun.body.sentTo).toBe('home');
      const old = lastLetter();
      const challenge = await ada.challenge();
      await refused(verify(ada, begun.body.id as string, { text: old }), 400, 'challenge_expired');
      const wrong = await refused(verify(ada, challenge, { text: old }), 400, 'invalid_code');
      expect(wrong.body.attemptsRemaining).toBe(4);
      await verify(ada, challenge, { text: lastLetter() }).expect(200);
    });

    it('leaves the challenges of other sessions and factors alone when it is asked anew', async () => {
      const ada = await having('letter');
      const elsewhere = ada.elsewhere();
      await elsewhere.login();
      const challenge = await elsewhere.challenge();
      const letter = lastLetter();
      await ada.challenge(ada.accessToken);
      await verify(elsewhere, challenge, { text: letter }).expect(200);
    });

    it.each([
      [
        'after five minutes',
        () => {
          app.clock.advance(300);
          return Promise.resolve();
        },
      ],
      [
        'after five tries',
        async (ada: Person, id: string) => {
          for (const left of [4, 3, 2, 1, 0]) {
            const { body } = await refused(activate(ada, id, { response: { text: 'no' } }), 400, 'invalid_code');
            expect(body.attemptsRemaining).toBe(left);
          }
        },
      ],
    ])('has it no more to activate %s; begun anew, it is proven by the new code only', async (_when, wait) => {
      const ada = await Person.signedIn(app);
      const id = await begin(ada, 'letter');
      const letter = { response: { text: lastLetter() } };
      await wait(ada, id);
      ada.take((await ada.refresh().expect(200)).body);
      await refused(activate(ada, id, letter), 400, 'challenge_expired');
      expect(await pendingOf(ada)).toEqual(['letter']);
      const again = await begin(ada, 'letter');
      await refused(activate(ada, id, letter), 404, 'not_found');
      await refused(activate(ada, again, letter), 400, 'invalid_code');
      await activate(ada, again, { response: { text: lastLetter() } }).expect(200);
    });

    it('locks by wrong responses like any other: the owner is told, at another address than its own', async () => {
      const ada = await Person.signedIn(app);
      ada.factorId = await begin(ada, 'letter', { email: 'ada@letters.example' });
      ada.take((await activate(ada, ada.factorId, { response: { text: lastLetter() } }).expect(200)).body.auth);
      const eve = ada.elsewhere();
      await eve.login();
      for (let tries = 0, challenge = ''; tries < 10; tries++) {
        if (tries % 5 === 0) challenge = await eve.challenge(eve.mfaToken, ada.factorId);
        await refused(verify(eve, challenge, { text: 'no' }), 400, 'invalid_code');
      }
      const about = { alsoTo: ['ada@letters.example'], notOnlyTo: 'ada@letters.example' };
      const values = { name: 'Letter' };
      expect(told.to(ada)).toEqual([
        { kind: 'factor-added', values, ...about },
        { kind: 'factor-locked', values, ...about },
      ]);
    });
  });

  it('that is begun beside three others: the oldest of them is pending no more', async () => {
    const ada = await Person.signedIn(app);
    for (const type of ['sample', 'desk', 'letter', 'totp']) {
      await begin(ada, type);
      app.clock.advance(1);
    }
    expect((await pendingOf(ada)).sort()).toEqual(['desk', 'letter', 'totp']);
  });

  it('that is pending for fifteen minutes has lapsed, and has never counted', async () => {
    const ada = await Person.signedIn(app);
    const id = await begin(ada, 'sample');
    app.clock.advance(899);
    ada.take((await ada.refresh().expect(200)).body);
    ada.take((await ada.reauthenticate().expect(200)).body);
    expect(await pendingOf(ada)).toEqual(['sample']);
    app.clock.advance(1);
    expect(await pendingOf(ada)).toEqual([]);
    await refused(activate(ada, id, { code: SAMPLE_ANSWER }), 404, 'not_found');
    expect((await ada.login()).body.status).toBe('authenticated');
  });
});
