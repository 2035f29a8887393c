import { AuditEventEntity } from '../../src/platform/audit/entities/audit-event.entity';
import { DataSource } from 'typeorm';
import { DomainError } from '../../src/access';
import { Channels } from '../../src/platform/notifications/channels';
import type { Message } from '../../src/platform/notifications/message';
import { Messenger } from '../../src/platform/notifications/messenger';
import { newEmail, newPhone, wrongFor } from '../support/destinations';
import { readJws } from '../support/jws';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(60_000); // many requests a test, on a busy machine

const CHANNELS = [
  { type: 'email', field: 'email', newDestination: newEmail, masked: /^c…@example\.com$/ },
  { type: 'sms', field: 'phone', newDestination: newPhone, masked: /^\+49…\d{3}$/ },
] as const;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('Codes that are sent', () => {
  let app: TestApp;

  beforeAll(async () => {
    // Challenges and tokens that live longer than a code may.
    const longLived = { CHALLENGE_TTL: '900', MFA_TOKEN_TTL: '900', ACCESS_TOKEN_TTL: '900' };
    app = await startTestApp({ env: { DOCS: 'off', ...longLived } });
  });
  beforeEach(() => {
    app.clock.advance(3600);
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => app.close());

  const messenger = () => app.nest.get(Messenger, { strict: false });

  /** Somebody whose only factor sends codes, past the password. */
  async function halfway(type: 'email' | 'sms' = 'email'): Promise<{ person: Person; to: string }> {
    const to = type === 'email' ? newEmail() : newPhone();
    const person = await Person.withCodes(app, type, to);
    await person.login();
    return { person, to };
  }

  async function factorsOf(person: Person) {
    const { body } = await person.get('/v1/mfa/factors', person.accessToken || person.mfaToken).expect(200);
    return body as { items: { type: string; hint: string | null; status: string }[]; warnings: string[] };
  }

  async function auditedFor(person: Person): Promise<string[]> {
    const { sub } = readJws(person.accessToken).payload as { sub: string };
    const events = await app.nest.get(DataSource).getRepository(AuditEventEntity).findBy({ actorId: sub });
    return events.map(({ type }) => type);
  }

  describe.each(CHANNELS)('by $type', ({ type, field, newDestination, masked }) => {
    it('make a factor, sign in with it, and show the destination to nobody', async () => {
      const to = newDestination();
      const ada = await Person.signedIn(app);
      const begun = await ada.enrollCodes(type, to);
      expect(begun.body).toEqual({
        factor: expect.objectContaining({ type, status: 'pending', hint: expect.stringMatching(masked), acr: 'aal2' }),
        enrollment: { sentTo: begun.body.factor.hint, expiresAt: expect.stringMatching(RFC_3339) },
      });
      expect(Date.parse(begun.body.enrollment.expiresAt as string)).toBe(app.clock.now().getTime() + 600_000);
      const sent = await ada.get(`/dev/outbox?to=${encodeURIComponent(to)}`).expect(200);
      expect(sent.body.items).toHaveLength(1);
      expect(sent.body.items[0]).toMatchObject({ channel: type, data: { code: expect.stringMatching(/^[0-9]{6}$/) } });

      const activated = await ada.activateWith(sent.body.items[0].data.code as string);
      expect(activated.body).toMatchObject({
        factor: { type, status: 'active', preferred: true },
        recoveryCodes: Array(10).fill(expect.any(String)),
        auth: { status: 'authenticated', session: { acr: 'aal2', amr: ['pwd', type, 'mfa'] } },
      });
      const signingIn = await ada.login();
      expect(signingIn.body).toMatchObject({
        status: 'mfa_required',
        factors: [{ type, hint: begun.body.factor.hint }, {}],
      });
      const challenged = await ada.post('/v1/mfa/challenges', {}, ada.mfaToken).expect(201);
      expect(challenged.body).toEqual({
        id: expect.any(String),
        factorId: ada.factorId,
        type,
        sentTo: begun.body.factor.hint,
        expiresAt: new Date(app.clock.now().getTime() + 600_000).toISOString(),
      });
      const code = await ada.codeSentTo(to);
      const verified = await ada.verify(challenged.body.id as string, code).expect(200);
      ada.take(verified.body);
      expect(readJws(ada.accessToken).payload).toMatchObject({ acr: 'aal2', amr: ['pwd', type, 'mfa'] });
      await ada.get('/v1/payouts', ada.accessToken).expect(200);
      const listed = await ada.get('/v1/mfa/factors', ada.accessToken).expect(200);

      const told = [begun, activated, signingIn, challenged, verified, listed].map(
        ({ text, headers }) => text + JSON.stringify(headers),
      );
      const tokens = [ada.accessToken, signingIn.body.mfaToken as string].map((token) =>
        JSON.stringify(readJws(token)),
      );
      for (const secret of [to, type === 'email' ? to.split('@')[0]! : to.slice('+49'.length)]) {
        expect([...told, ...tokens, ...app.log].filter((text) => text.includes(secret))).toEqual([]);
      }
      expect(app.log.filter((line) => line.includes(`"${code}"`) || line.includes(` ${code}`))).toEqual([]);
      await refused(ada.verify(challenged.body.id as string, code, ada.accessToken), 400, 'challenge_expired');
    });

    it('go to the account’s own destination where none is named, and verify it', async () => {
      const own = newDestination();
      const ada = new Person(app);
      await ada.post('/v1/auth/register', { username: ada.username, password: ada.password, [field]: own }).expect(201);
      await ada.login();
      await ada.enrollCodes(type);
      await ada.activateWith(await ada.codeSentTo(own));
      const { body } = await ada.get('/v1/users/me', ada.accessToken).expect(200);
      expect(body).toMatchObject({
        [field]: own,
        [`${field}Verified`]: true,
        [field === 'email' ? 'phoneVerified' : 'emailVerified']: false,
      });
      expect(await auditedFor(ada)).toContain(`account.${field}_verified`);
    });

    it('make a factor of a destination that another account has verified, and say nothing of that', async () => {
      const shared = newDestination();
      const people = [new Person(app), new Person(app)] as const;
      for (const person of people) {
        const { username, password } = person;
        await person.post('/v1/auth/register', { username, password, [field]: shared }).expect(201);
        await person.login();
      }
      const answers = [];
      for (const person of people) {
        await person.enrollCodes(type);
        answers.push(await person.activateWith(await person.codeSentTo(shared)));
      }
      const keysOf = (body: object) => [Object.keys(body), Object.keys((body as { auth: object }).auth)];
      expect(keysOf(answers[1]!.body)).toEqual(keysOf(answers[0]!.body));
      const verified = [];
      for (const person of people) {
        const { body } = await person.get('/v1/users/me', person.accessToken).expect(200);
        verified.push({
          own: body[field] as string,
          isVerified: body[`${field}Verified`] as boolean,
          enrolled: body.mfaEnrolled as boolean,
        });
      }
      expect(verified).toEqual([
        { own: shared, isVerified: true, enrolled: true },
        { own: shared, isVerified: false, enrolled: true },
      ]);
      expect(await auditedFor(people[1])).not.toContain(`account.${field}_verified`);
      await people[1].login();
      await people[1].verify(await people[1].challenge(), await people[1].codeSentTo(shared)).expect(200);
    });

    it('want a destination where the account has none', async () => {
      const ada = await Person.signedIn(app);
      const { body } = await refused(ada.post('/v1/mfa/factors', { type }, ada.accessToken), 400, 'validation_failed');
      expect(body.errors).toEqual([{ path: field, code: 'required', message: expect.any(String) }]);
    });

    it('are refused in any other form, and that spends no try', async () => {
      const to = newDestination();
      const ada = await Person.signedIn(app);
      await ada.enrollCodes(type, to);
      const first = await ada.codeSentTo(to);
      const formsOf = (code: string) => [
        [code],
        { code },
        Number(`1${code.slice(1)}`),
        null,
        true,
        '',
        code.slice(1),
        `${code}0`,
        ` ${code}`,
        `${code}\n`,
        `${code.slice(0, 3)} ${code.slice(3)}`,
        `+${code.slice(1)}`,
        [...code].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join(''),
      ];
      const activation = `/v1/mfa/factors/${ada.factorId}/activate`;
      for (const code of formsOf(first)) {
        await refused(ada.post(activation, { code }, ada.accessToken), 400, 'validation_failed');
      }
      await refused(ada.post(activation, { response: { code: first } }, ada.accessToken), 400, 'validation_failed');
      await ada.activateWith(first);
      await ada.login();
      const path = `/v1/mfa/challenges/${await ada.challenge()}/verify`;
      const second = await ada.codeSentTo(to);
      for (const code of formsOf(second))
        await refused(ada.post(path, { code }, ada.mfaToken), 400, 'validation_failed');
      await ada.post(path, { code: second }, ada.mfaToken).expect(200);
    });

    it('of the same destination make no second factor', async () => {
      const to = newDestination();
      const ada = await Person.withCodes(app, type, to);
      for (const same of [to, to.toUpperCase()]) {
        const again = ada.post('/v1/mfa/factors', { type, [field]: same }, ada.accessToken);
        const { body } = await refused(again, 400, 'validation_failed');
        expect(body.errors).toEqual([{ path: field, code: 'already_enrolled', message: expect.any(String) }]);
      }
      await ada.enrollCodes(type, newDestination());
      expect(await ada.codesSentTo(to)).toHaveLength(1);
    });
  });

  describe('are bound:', () => {
    it('one session’s code answers no challenge of another session', async () => {
      const { person: ada, to } = await halfway();
      const elsewhere = ada.elsewhere();
      await elsewhere.login();
      const [here, there] = [await ada.challenge(), await elsewhere.challenge()];
      const [codeThere, codeHere] = await ada.codesSentTo(to);
      await refused(elsewhere.verify(there, codeHere!), 400, 'invalid_code');
      await refused(elsewhere.verify(here, codeHere!), 400, 'challenge_expired');
      await elsewhere.verify(there, codeThere!).expect(200);
      await ada.verify(here, codeHere!).expect(200);
    });

    it('nor a challenge of another factor, or of another account', async () => {
      const [email, phone] = [newEmail(), newPhone()];
      const ada = await Person.withCodes(app, 'email', email);
      const byEmail = ada.factorId;
      await ada.enrollCodes('sms', phone);
      await ada.activateWith(await ada.codeSentTo(phone));
      const { person: eve } = await halfway();
      const evesChallenge = await eve.challenge();
      const [first, second] = [
        await ada.challenge(ada.accessToken, byEmail),
        await ada.challenge(ada.accessToken, ada.factorId),
      ];
      const [codeByEmail, codeBySms] = [await ada.codeSentTo(email), await ada.codeSentTo(phone)];
      await refused(ada.verify(first, codeBySms, ada.accessToken), 400, 'invalid_code');
      await refused(ada.verify(second, codeByEmail, ada.accessToken), 400, 'invalid_code');
      await refused(eve.verify(evesChallenge, codeByEmail), 400, 'invalid_code');
      await refused(eve.verify(first, codeByEmail), 400, 'challenge_expired');
      await ada.verify(second, codeBySms, ada.accessToken).expect(200);
    });

    it('the first code proves its own factor, in the session that began it, and is no answer later', async () => {
      const to = newEmail();
      const ada = await Person.signedIn(app);
      const elsewhere = ada.elsewhere();
      await elsewhere.login();
      await ada.enrollCodes('email', to);
      const replaced = await ada.codeSentTo(to);
      const path = `/v1/mfa/factors/${ada.factorId}/activate`;
      await refused(elsewhere.post(path, { code: replaced }, elsewhere.accessToken), 404, 'not_found');
      await ada.enrollCodes('email', to);
      await refused(ada.post(path, { code: replaced }, ada.accessToken), 404, 'not_found');
      const anew = `/v1/mfa/factors/${ada.factorId}/activate`;
      await refused(ada.post(anew, { code: replaced }, ada.accessToken), 400, 'invalid_code');
      const first = await ada.codeSentTo(to);
      await ada.activateWith(first);
      await refused(ada.post(anew, { code: first }, ada.accessToken), 404, 'not_found');
      const challenge = await ada.challenge(ada.accessToken);
      await refused(ada.verify(challenge, first, ada.accessToken), 400, 'invalid_code');
    });
  });

  describe('are soon over:', () => {
    it('after ten minutes at most, however long challenges live', async () => {
      const { person: ada, to } = await halfway();
      const challenge = await ada.challenge();
      app.clock.advance(599);
      await refused(ada.verify(challenge, wrongFor(await ada.codeSentTo(to))), 400, 'invalid_code');
      app.clock.advance(1);
      await refused(ada.verify(challenge, await ada.codeSentTo(to)), 400, 'challenge_expired');

      const eve = await Person.signedIn(app);
      const address = newEmail();
      await eve.enrollCodes('email', address);
      app.clock.advance(600);
      await eve.reauthenticate().expect(({ body }) => {
        eve.take(body as object);
      });
      const path = `/v1/mfa/factors/${eve.factorId}/activate`;
      await refused(eve.post(path, { code: await eve.codeSentTo(address) }, eve.accessToken), 400, 'challenge_expired');
      await eve.enrollCodes('email', address);
      await eve.activateWith(await eve.codeSentTo(address));
    });

    it('when a newer one is sent', async () => {
      const { person: ada, to } = await halfway('sms');
      const first = await ada.challenge();
      const second = await ada.challenge();
      const [newer, older] = await ada.codesSentTo(to);
      await refused(ada.verify(first, older!), 400, 'challenge_expired');
      await refused(ada.verify(first, newer!), 400, 'challenge_expired');
      await refused(ada.verify(second, older!), 400, 'invalid_code');
      await ada.verify(second, newer!).expect(200);
    });

    it('after five tries', async () => {
      const { person: ada, to } = await halfway();
      const challenge = await ada.challenge();
      const code = await ada.codeSentTo(to);
      for (const attemptsRemaining of [4, 3, 2, 1, 0]) {
        const { body } = await refused(ada.verify(challenge, wrongFor(code)), 400, 'invalid_code');
        expect(body.attemptsRemaining).toBe(attemptsRemaining);
      }
      await refused(ada.verify(challenge, code), 400, 'challenge_expired');
    });
  });

  it('reset no count of failures: nine, a new code, one more, and the factor is locked', async () => {
    const { person: ada, to } = await halfway();
    let challenge = '';
    for (let failures = 0; failures < 9; failures++) {
      if (failures % 5 === 0) challenge = await ada.challenge();
      await refused(ada.verify(challenge, wrongFor(await ada.codeSentTo(to))), 400, 'invalid_code');
    }
    challenge = await ada.challenge();
    const code = await ada.codeSentTo(to);
    await refused(ada.verify(challenge, wrongFor(code)), 400, 'invalid_code');
    await refused(ada.verify(challenge, code), 429, 'too_many_attempts');
    const sent = (await ada.codesSentTo(to)).length;
    await refused(ada.post('/v1/mfa/challenges', { factorId: ada.factorId }, ada.mfaToken), 429, 'too_many_attempts');
    expect(await ada.codesSentTo(to)).toHaveLength(sent);
    app.clock.advance(30);
    await ada.verify(challenge, code).expect(200);
  });

  describe('go to', () => {
    it.each([
      ['no address', 'ada'],
      ['two addresses', 'ada@example.com,eve@example.com'],
      ['a second line', 'ada@example.com\r\nbcc: eve@example.com'],
      ['a space', 'ada @example.com'],
      ['too long a name', `${'a'.repeat(250)}@example.com`],
      ['a list', ['ada@example.com']],
      ['an object', { address: 'ada@example.com' }],
      ['a number', 1],
      ['null', null],
      ['nothing', ''],
    ])('an e-mail address, not to %s', async (_, email) => {
      const ada = await Person.signedIn(app);
      const { body } = await refused(
        ada.post('/v1/mfa/factors', { type: 'email', email }, ada.accessToken),
        400,
        'validation_failed',
      );
      expect(body.errors[0]).toMatchObject({ path: 'email' });
    });

    it.each([
      ['no number', 'ada'],
      ['a number without its country', '0151 12345678'],
      ['a landline', '+49 30 123456'],
      ['a premium rate', '+1 900 555 1234'],
      ['too few digits', '+49151123'],
      ['full-width digits', '+４９１５１１２３４５６７８'],
      ['a second number', '+4915112345678,+4915112345679'],
      ['a list', ['+4915112345678']],
      ['an object', { number: '+4915112345678' }],
      ['a number of JSON', 4915112345678],
      ['null', null],
      ['nothing', ''],
    ])('a mobile number, not to %s', async (_, phone) => {
      const ada = await Person.signedIn(app);
      const { body } = await refused(
        ada.post('/v1/mfa/factors', { type: 'sms', phone }, ada.accessToken),
        400,
        'validation_failed',
      );
      expect(body.errors[0]).toMatchObject({ path: 'phone' });
    });

    it('a number however it is grouped', async () => {
      const ada = await Person.signedIn(app);
      const to = newPhone();
      await ada.enrollCodes('sms', to.replace(/^\+49151(\d{4})/, '+49 (0)151 $1-'));
      await ada.activateWith(await ada.codeSentTo(to));
    });

    it('another address than the account’s own, which stays unverified', async () => {
      const [own, other] = [newEmail(), newEmail()];
      const ada = new Person(app);
      await ada.post('/v1/auth/register', { username: ada.username, password: ada.password, email: own }).expect(201);
      await ada.login();
      await ada.enrollCodes('email', other);
      expect(await ada.codesSentTo(own)).toEqual([]);
      await ada.activateWith(await ada.codeSentTo(other));
      expect((await ada.get('/v1/users/me', ada.accessToken)).body).toMatchObject({ email: own, emailVerified: false });
    });

    it('what looks like the account’s own address and is another mailbox, and verify nothing by it', async () => {
      const own = newEmail();
      const ada = new Person(app);
      await ada.post('/v1/auth/register', { username: ada.username, password: ada.password, email: own }).expect(201);
      await ada.login();
      const fullWidth = `ｃ${own.slice(1)}`;
      await ada.enrollCodes('email', fullWidth);
      await ada.activateWith(await ada.codeSentTo(fullWidth));
      expect((await ada.get('/v1/users/me', ada.accessToken)).body).toMatchObject({ email: own, emailVerified: false });
    });

    it('the account’s own address in its own spelling', async () => {
      const own = newEmail();
      const ada = new Person(app);
      await ada.post('/v1/auth/register', { username: ada.username, password: ada.password, email: own }).expect(201);
      await ada.login();
      await ada.enrollCodes('email', own.toUpperCase());
      await ada.activateWith(await ada.codeSentTo(own));
      expect((await ada.get('/v1/users/me', ada.accessToken)).body).toMatchObject({ email: own, emailVerified: true });
    });
  });

  it('are written in the languages of the account, then of the request', async () => {
    const to = newEmail();
    const sendNow = jest.spyOn(messenger(), 'sendNow');
    const ada = await Person.signedIn(app);
    const enroll = () =>
      ada
        .post('/v1/mfa/factors', { type: 'email', email: to }, ada.accessToken)
        .set('accept-language', 'es-MX, de;q=0.5')
        .expect(201);
    await enroll();
    await ada.patch('/v1/users/me', { locale: 'de-AT' }, ada.accessToken).expect(200);
    await enroll();
    const messages = sendNow.mock.calls.map(([message]) => message);
    expect(messages.map(({ languages }) => languages)).toEqual([['es-MX, de;q=0.5'], ['de-AT', 'es-MX, de;q=0.5']]);
    const { data, ...rest } = messages[0]!;
    expect(rest).toMatchObject({
      channel: 'email',
      to,
      template: 'email-first-code',
      values: { code: data!.code, minutes: '10' },
    });
  });

  describe('that cannot be delivered', () => {
    const providerIsDown = () =>
      jest
        .spyOn(messenger(), 'sendNow')
        .mockRejectedValue(new DomainError('delivery_failed', { cause: new Error('down') }));

    it('leave no factor behind', async () => {
      const to = newPhone();
      const ada = await Person.signedIn(app);
      const sendNow = providerIsDown();
      const failed = await refused(
        ada.post('/v1/mfa/factors', { type: 'sms', phone: to }, ada.accessToken),
        503,
        'delivery_failed',
      );
      expect(failed.text).not.toMatch(/down|token/i);
      expect((await factorsOf(ada)).items).toEqual([]);
      const table = app.nest.get(DataSource).getMetadata('MfaChallengeEntity').tablePath;
      const left = await app.nest
        .get(DataSource)
        .query<unknown[]>(`SELECT 1 FROM ${table} WHERE session_id = $1`, [ada.sessionId]);
      expect(left).toEqual([]);
      sendNow.mockRestore();
      await ada.enrollCodes('sms', to);
      await ada.activateWith(await ada.codeSentTo(to));
    });

    it('leave no challenge behind that could be answered, nor the one before', async () => {
      const { person: ada, to } = await halfway();
      const before = await ada.challenge();
      const codeBefore = await ada.codeSentTo(to);
      const sendNow = providerIsDown();
      await refused(ada.post('/v1/mfa/challenges', {}, ada.mfaToken), 503, 'delivery_failed');
      const { data } = sendNow.mock.calls[0]![0] satisfies Message;
      await refused(ada.verify(before, codeBefore), 400, 'challenge_expired');
      await refused(ada.verify(before, data!.code!), 400, 'challenge_expired');
      sendNow.mockRestore();
      await ada.verify(await ada.challenge(), await ada.codeSentTo(to)).expect(200);
    });

    it('count as sent', async () => {
      const { person: ada } = await halfway();
      const sendNow = providerIsDown();
      for (let tries = 0; tries < 5; tries++) {
        await refused(ada.post('/v1/mfa/challenges', {}, ada.mfaToken), 503, 'delivery_failed');
      }
      await refused(ada.post('/v1/mfa/challenges', {}, ada.mfaToken), 429, 'rate_limited');
      expect(sendNow).toHaveBeenCalledTimes(5);
    });
  });

  it('are offered only where they can be sent', async () => {
    const ada = await Person.signedIn(app);
    const available = async () => (await ada.get('/v1/mfa/factors', ada.accessToken)).body.available as string[];
    expect(await available()).toEqual(['totp', 'webauthn', 'email', 'sms']);
    jest
      .spyOn(app.nest.get(Channels, { strict: false }), 'canSend')
      .mockImplementation((channel) => channel === 'email');
    expect(await available()).toEqual(['totp', 'webauthn', 'email']);
    const { body } = await refused(
      ada.post('/v1/mfa/factors', { type: 'sms', phone: newPhone() }, ada.accessToken),
      400,
      'validation_failed',
    );
    expect(body.errors[0]).toMatchObject({ path: 'type', code: 'is_in' });
  });

  it('advise a stronger factor to whoever has no other', async () => {
    const to = newPhone();
    const ada = await Person.withCodes(app, 'sms', to);
    expect((await factorsOf(ada)).warnings).toEqual(['stronger_factor_advised']);
    await ada.enroll();
    await ada.activate();
    expect((await factorsOf(ada)).warnings).toEqual([]);
  });
});
