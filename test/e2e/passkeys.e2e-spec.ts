import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { AuditEventEntity } from '../../src/platform/audit/entities/audit-event.entity';
import { UserEntity } from '../../src/users/accounts/entities/user.entity';
import { DISHONEST, encode, Passkey } from '../support/passkey';
import { PasskeyHolder } from '../support/passkey-holder';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;

describe('Passkeys', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off' } });
  });
  afterAll(() => app.close());

  const factorsOf = async ({ person }: PasskeyHolder) =>
    (await person.get('/v1/mfa/factors', person.accessToken).expect(200)).body;

  describe('as they are enrolled', () => {
    it('are made for this service, for an account that the authenticator knows nothing of', async () => {
      const ada = new PasskeyHolder(app, await Person.signedIn(app));
      const { publicKey } = await ada.begin();
      expect(publicKey).toEqual({
        rp: { id: 'localhost', name: 'Countersign' },
        user: { id: expect.stringMatching(/^[\w-]{86}$/), name: ada.person.username, displayName: ada.person.username },
        challenge: expect.stringMatching(/^[\w-]{43}$/),
        pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: 'public-key', alg })),
        timeout: 300_000,
        attestation: 'none',
        excludeCredentials: [],
        authenticatorSelection: { residentKey: 'preferred', requireResidentKey: false, userVerification: 'preferred' },
        extensions: { credProps: true },
        hints: [],
      });
      const again = await ada.begin();
      expect(again.publicKey.user).toEqual(publicKey.user);
      expect(again.publicKey.challenge).not.toBe(publicKey.challenge);
      const eve = await new PasskeyHolder(app, await Person.signedIn(app)).begin();
      expect(eve.publicKey.user?.id).not.toBe(publicKey.user?.id);
    });

    it('sign in at once, phishing-resistant, and bring recovery codes if they are the first factor', async () => {
      const ada = new PasskeyHolder(app, await Person.signedIn(app));
      const { body } = await ada.enroll();
      expect(body.factor).toMatchObject({
        type: 'webauthn',
        name: 'Passkey',
        acr: 'phr',
        status: 'active',
        preferred: true,
      });
      expect(body.recoveryCodes).toHaveLength(10);
      expect(body.auth.session).toMatchObject({ acr: 'phr', amr: ['pwd', 'hwk', 'user', 'mfa'] });
      expect(claimsOf(body.auth.accessToken)).toMatchObject({ acr: 'phr', amr: ['pwd', 'hwk', 'user', 'mfa'] });
      await ada.person.get('/v1/payouts', body.auth.accessToken).expect(200);
    });

    it.each([
      ['device-bound, its user verified', {}, ['pwd', 'hwk', 'user', 'mfa']],
      ['device-bound, without PIN', { verifies: false }, ['pwd', 'hwk', 'mfa']],
      ['synced, its user verified', { synced: true }, ['pwd', 'swk', 'user', 'mfa']],
      ['synced, without PIN', { synced: true, verifies: false }, ['pwd', 'swk', 'mfa']],
    ])('say what they are: %s', async (_kind, traits, amr) => {
      const ada = await PasskeyHolder.enrolled(app, new Passkey(traits));
      expect(claimsOf(ada.person.accessToken)).toMatchObject({ acr: 'phr', amr });
      const { body } = await ada.loginWithPassword();
      expect(body.session).toMatchObject({ acr: 'phr', amr });
    });

    it('are several to an account, and each new one is told of those before', async () => {
      const ada = await PasskeyHolder.enrolled(app);
      const first = ada.passkey;
      const { factorId, publicKey } = await ada.begin('Key ring');
      expect(publicKey['excludeCredentials']).toEqual([
        { id: first.id, type: 'public-key', transports: ['internal', 'hybrid'] },
      ]);
      const second = new Passkey();
      const { body } = await ada.activate(second.create(publicKey)).expect(200);
      expect(body.factor).toMatchObject({ id: factorId, name: 'Key ring', preferred: false });
      ada.person.take(body.auth);
      const third = await ada.begin();
      const ids = (third.publicKey['excludeCredentials'] as { id: string }[]).map(({ id }) => id);
      expect(ids.toSorted()).toEqual([first.id, second.id].toSorted());
      const { items } = await factorsOf(ada);
      expect(
        items.filter(({ type, status }: Record<string, string>) => type === 'webauthn' && status === 'active'),
      ).toHaveLength(2);
    });

    it('belong to one account: what is registered is registered to nobody else, nor twice', async () => {
      const ada = await PasskeyHolder.enrolled(app);
      const eve = new PasskeyHolder(
        app,
        await Person.signedIn(app),
        new Passkey({ credentialId: Buffer.from(ada.passkey.id, 'base64url') }),
      );
      const { publicKey } = await eve.begin();
      await refused(eve.activate(eve.passkey.create(publicKey)), 400, 'invalid_code');
      const again = await ada.begin();
      await refused(ada.activate(ada.passkey.create(again.publicKey)), 400, 'invalid_code');
      expect((await ada.loginWithPassword()).status).toBe(200);
    });

    it('have ids of up to 1023 bytes', async () => {
      await PasskeyHolder.enrolled(app, new Passkey({ credentialId: randomBytes(1023) }));
      const ada = new PasskeyHolder(app, await Person.signedIn(app), new Passkey({ credentialId: randomBytes(1024) }));
      const { publicKey } = await ada.begin();
      await refused(ada.activate(ada.passkey.create(publicKey)), 400, 'invalid_code');
    });

    it('may attest themselves, truly', async () => {
      const ada = new PasskeyHolder(app, await Person.signedIn(app));
      const { publicKey } = await ada.begin();
      await refused(ada.activate(ada.passkey.selfAttested(publicKey, { broken: true })), 400, 'invalid_code');
      await refused(ada.activate(ada.passkey.selfAttested(publicKey, { algorithm: -257 })), 400, 'invalid_code');
      await ada.activate(ada.passkey.selfAttested(publicKey)).expect(200);
    });

    it.each([
      ...DISHONEST,
      ['made to sign in', { type: 'webauthn.get' }] as const,
      ['with an algorithm that nobody offered', { algorithm: -35 }] as const,
      ['with a statement in other letters', { format: 'None' }] as const,
      ['with a statement nobody knows', { format: 'compound' }] as const,
      ['with a statement where there is none', { statement: new Map([['alg', -7]]) }] as const,
      ['with half a statement', { format: 'packed', statement: new Map([['alg', -7]]) }] as const,
    ])('are refused when %s', async (_name, change) => {
      const ada = new PasskeyHolder(app, await Person.signedIn(app));
      const { publicKey } = await ada.begin();
      const refusal = await refused(ada.activate(ada.passkey.create(publicKey, change)), 400, 'invalid_code');
      expect(refusal.body.attemptsRemaining).toBe(4);
      await ada.activate(ada.passkey.create(publicKey)).expect(200); // Nothing else was wrong.
    });

    it('take the challenge of this enrolment, in this session, in time, five times', async () => {
      const ada = new PasskeyHolder(app, await Person.signedIn(app));
      const stale = await ada.begin();
      const { factorId, publicKey } = await ada.begin();
      await refused(ada.activate(ada.passkey.create(stale.publicKey), stale.factorId), 404, 'not_found');
      for (let tries = 4; tries >= 0; tries--) {
        const { body } = await refused(ada.activate(ada.passkey.create(stale.publicKey)), 400, 'invalid_code');
        expect(body.attemptsRemaining).toBe(tries);
      }
      await refused(ada.activate(ada.passkey.create(publicKey)), 400, 'challenge_expired');

      const late = await ada.begin();
      const elsewhere = new PasskeyHolder(app, ada.person.elsewhere(), ada.passkey);
      await elsewhere.person.login();
      await refused(elsewhere.activate(ada.passkey.create(late.publicKey), late.factorId), 404, 'not_found');
      app.clock.advance(301);
      ada.person.take((await ada.person.refresh()).body);
      await refused(ada.activate(ada.passkey.create(late.publicKey)), 400, 'challenge_expired');
      expect(factorId).not.toBe(late.factorId);
      const { publicKey: last } = await ada.begin();
      const credential = ada.passkey.create(last);
      const { body } = await ada.activate(credential).expect(200);
      ada.person.take(body.auth);
      await refused(ada.activate(credential), 404, 'not_found');
    });
  });

  describe('after a password', () => {
    it('are asked for by what they are, and let in', async () => {
      const ada = await PasskeyHolder.enrolled(app);
      const { body: half } = await ada.person.login();
      expect(half).toMatchObject({
        status: 'mfa_required',
        factors: [{ type: 'webauthn', acr: 'phr' }, { type: 'recovery_code' }],
      });
      const { body } = await ada.person.post('/v1/mfa/challenges', {}, ada.person.mfaToken).expect(201);
      expect(body).toEqual({
        id: expect.any(String),
        factorId: ada.factorId,
        type: 'webauthn',
        expiresAt: expect.any(String),
        publicKey: {
          rpId: 'localhost',
          challenge: expect.stringMatching(/^[\w-]{43}$/),
          allowCredentials: [{ id: ada.passkey.id, type: 'public-key', transports: ['internal', 'hybrid'] }],
          timeout: 300_000,
          userVerification: 'preferred',
        },
      });
      const verified = await ada
        .verify(body.id as string, ada.passkey.get(body.publicKey), ada.person.mfaToken)
        .expect(200);
      expect(verified.body.session).toMatchObject({ acr: 'phr', amr: ['pwd', 'hwk', 'user', 'mfa'] });
    });

    it('come first when they are preferred', async () => {
      const person = await Person.withApp(app);
      const ada = new PasskeyHolder(app, person);
      await ada.enroll();
      expect((await person.elsewhere().login()).body.factors[0].type).toBe('totp');
      const changed = await person
        .patch(`/v1/mfa/factors/${ada.factorId}`, { preferred: true }, person.accessToken)
        .expect(200);
      expect(changed.body).toMatchObject({ id: ada.factorId, preferred: true });
      await person.login();
      const { body } = await person.post('/v1/mfa/challenges', {}, person.mfaToken).expect(201);
      expect(body).toMatchObject({ factorId: ada.factorId, publicKey: { allowCredentials: [{ id: ada.passkey.id }] } });
    });

    it.each([
      ...DISHONEST,
      ['made to enroll', { type: 'webauthn.create' }] as const,
      ['suddenly one that may be copied', { backupEligible: true }] as const,
      ['suddenly one that was copied', { backupEligible: true, backedUp: true }] as const,
      ['of another account, as it says', { userHandle: randomBytes(64).toString('base64url') }] as const,
    ])('are refused when the answer is %s', async (_name, change) => {
      const ada = await PasskeyHolder.enrolled(app, new Passkey({ counts: true }));
      const { id, publicKey } = await ada.challenge();
      const { body } = await refused(ada.verify(id, ada.passkey.get(publicKey, change)), 400, 'invalid_code');
      expect(body.attemptsRemaining).toBe(4);
      await ada.verify(id, ada.passkey.get(publicKey)).expect(200); // And nothing else was wrong.
    });

    it('need no handle there: the account is known', async () => {
      const ada = await PasskeyHolder.enrolled(app);
      for (const userHandle of [null, '']) expect((await ada.loginWithPassword({ userHandle })).status).toBe(200);
    });

    it.each(['signature', 'authenticatorData', 'clientDataJSON'] as const)(
      'are refused with one bit of the %s flipped',
      async (part) => {
        const ada = await PasskeyHolder.enrolled(app);
        const { id, publicKey } = await ada.challenge();
        const credential = ada.passkey.get(publicKey);
        const bytes = Buffer.from(credential.response[part], 'base64url');
        bytes[bytes.length - 1]! ^= 1;
        const response = { ...credential.response, [part]: bytes.toString('base64url') };
        await refused(ada.verify(id, { ...credential, response }), 400, 'invalid_code');
        await ada.verify(id, credential).expect(200);
      },
    );

    it('answer once, for the challenge they were asked, in time', async () => {
      const ada = await PasskeyHolder.enrolled(app);
      const { id, publicKey } = await ada.challenge();
      const other = await ada.challenge();
      const credential = ada.passkey.get(publicKey);
      await refused(ada.verify(other.id, credential), 400, 'invalid_code');
      ada.person.take((await ada.verify(id, credential).expect(200)).body);
      await refused(ada.verify(id, credential), 400, 'challenge_expired');
      await refused(ada.verify(other.id, credential), 400, 'invalid_code');
      const late = await ada.challenge();
      app.clock.advance(301);
      ada.person.take((await ada.person.refresh()).body);
      await refused(ada.verify(late.id, ada.passkey.get(late.publicKey)), 400, 'challenge_expired');
    });

    it('answer for themselves: no other passkey, be it of the same account', async () => {
      const ada = await PasskeyHolder.enrolled(app);
      const second = new PasskeyHolder(app, ada.person, new Passkey());
      await second.enroll();
      const eve = await PasskeyHolder.enrolled(app);
      const { id, publicKey } = await ada.challenge();
      for (const passkey of [second.passkey, eve.passkey]) {
        await refused(ada.verify(id, passkey.get(publicKey)), 400, 'invalid_code');
        // Under the id of the one that is asked, with a signature of its own.
        const forged = { ...passkey.get(publicKey), id: ada.passkey.id, rawId: ada.passkey.id };
        await refused(ada.verify(id, forged), 400, 'invalid_code');
      }
      const foreign = await eve.challenge();
      await refused(ada.verify(foreign.id, ada.passkey.get(foreign.publicKey)), 400, 'challenge_expired');
    });

    it('step up for routes that want it fresh, and for those that want it phishing-resistant', async () => {
      const ada = await PasskeyHolder.enrolled(app);
      app.clock.advance(700);
      ada.person.take((await ada.person.refresh()).body);
      await refused(ada.person.post('/v1/mfa/recovery-codes', {}, ada.person.accessToken), 401, 'mfa_stale');
      const { id, publicKey } = await ada.challenge();
      const { body } = await ada.verify(id, ada.passkey.get(publicKey)).expect(200);
      ada.person.take(body);
      await ada.person.post('/v1/mfa/recovery-codes', {}, ada.person.accessToken).expect(201);
    });

    it('are never locked by wrong answers: whoever knows the password keeps nobody out', async () => {
      const ada = await PasskeyHolder.enrolled(app);
      const eve = ada.person.elsewhere();
      const wrong = new Passkey({ credentialId: Buffer.from(ada.passkey.id, 'base64url') });
      for (let failures = 0; failures < 24; failures++) {
        await eve.login();
        const { id, publicKey } = await ada.challenge(eve.mfaToken);
        await refused(ada.verify(id, wrong.get(publicKey), eve.mfaToken), 400, 'invalid_code');
      }
      expect((await ada.loginWithPassword()).status).toBe(200);
    });

    it('let nobody in once they are dropped', async () => {
      const ada = await PasskeyHolder.enrolled(app);
      const before = await ada.challenge();
      await ada.person.delete(`/v1/mfa/factors/${ada.factorId}`, ada.person.accessToken).expect(204);
      await refused(ada.verify(before.id, ada.passkey.get(before.publicKey)), 400, 'challenge_expired');
      expect((await ada.login()).body.code).toBe('invalid_credentials');
      expect((await ada.person.login()).body.status).toBe('authenticated');
      // And may be enrolled again: the key is the same, the factor another.
      await ada.enroll();
      expect((await ada.loginWithPassword()).status).toBe(200);
    });
  });

  describe('that count their signatures', () => {
    const compromisedOf = ({ factorId }: PasskeyHolder) =>
      app.nest
        .get(DataSource)
        .manager.find(AuditEventEntity, { where: { type: 'mfa.factor_compromised' } })
        .then((events) => events.filter(({ details }) => details['factorId'] === factorId));

    it('are locked when a copy shows itself, and the owner is told', async () => {
      const ada = await PasskeyHolder.enrolled(app, new Passkey({ counts: true }));
      const address = `${ada.person.username}@example.com`;
      const verified = { email: address, emailFolded: address, emailVerifiedAt: app.clock.now() };
      await app.nest.get(DataSource).manager.update(UserEntity, { username: ada.person.username }, verified);
      const copy = new PasskeyHolder(app, ada.person.elsewhere(), ada.passkey.copy());
      copy.factorId = ada.factorId;
      expect((await ada.loginWithPassword()).status).toBe(200);
      expect((await ada.loginWithPassword()).status).toBe(200);

      const noticed = await copy.loginWithPassword();
      expect(noticed.body).toMatchObject({ status: 429, code: 'too_many_attempts', retryAfter: 3600 });
      expect(await compromisedOf(ada)).toEqual([expect.objectContaining({ ip: '127.0.0.1' })]);
      const { body: outbox } = await ada.person.get(`/dev/outbox?to=${address}`).expect(200);
      expect(outbox.items).toHaveLength(1);

      // Neither goes on, here or without a password, until the lock ends; then the one that is ahead does.
      await ada.person.login();
      const { body } = await ada.person.get('/v1/mfa/factors', ada.person.mfaToken);
      expect(body.items[0].status).toBe('active');
      await refused(
        ada.person.post('/v1/mfa/challenges', { factorId: ada.factorId }, ada.person.mfaToken),
        429,
        'too_many_attempts',
      );
      expect((await ada.login()).body.code).toBe('invalid_credentials');
      app.clock.advance(3601);
      expect((await ada.loginWithPassword()).status).toBe(200);
    });

    it.each([
      ['the same', 0],
      ['lower', -1],
      ['none', -Infinity],
    ])('are refused with a counter that is %s', async (_name, difference) => {
      const ada = await PasskeyHolder.enrolled(app, new Passkey({ counts: true }));
      expect((await ada.loginWithPassword()).status).toBe(200);
      const counter = Math.max(0, ada.passkey.counter + difference);
      expect((await ada.loginWithPassword({ counter })).body.code).toBe('too_many_attempts');
      expect(await compromisedOf(ada)).toHaveLength(1);
    });

    it('are moved on by nothing but an answer that is right in all else, nor locked', async () => {
      const ada = await PasskeyHolder.enrolled(app, new Passkey({ counts: true }));
      const { counter } = ada.passkey;
      expect((await ada.loginWithPassword({ counter: 4_000_000_000, origin: 'http://evil.test' })).status).toBe(400);
      const { mfaToken } = ada.person;
      const { id, publicKey } = await ada.challenge(mfaToken);
      const low = ada.passkey.get(publicKey, { counter: 0 });
      const broken = Buffer.from(low.response.signature, 'base64url');
      broken[broken.length - 1]! ^= 1;
      const response = { ...low.response, signature: broken.toString('base64url') };
      await refused(ada.verify(id, { ...low, response }, mfaToken), 400, 'invalid_code');
      expect((await ada.loginWithPassword({ counter: counter + 1 })).status).toBe(200);
      expect(await compromisedOf(ada)).toEqual([]);
    });

    it('count to the end of 32 bits', async () => {
      const ada = await PasskeyHolder.enrolled(app, new Passkey({ counts: true }));
      for (const counter of [2 ** 31, 2 ** 32 - 1]) expect((await ada.loginWithPassword({ counter })).status).toBe(200);
    });
  });

  describe('whatever is sent', () => {
    it('is refused as malformed where it is no credential, and counted nowhere', async () => {
      const ada = await PasskeyHolder.enrolled(app);
      const { id, publicKey } = await ada.challenge();
      const right = ada.passkey.get(publicKey);
      const { response } = right;
      const path = `/v1/mfa/challenges/${id}/verify`;
      const bodies: object[] = [
        {},
        { code: '123456' },
        { response: right },
        ...[null, [], 'text', 7, true, {}].map((credential) => ({ credential })),
        ...['id', 'rawId', 'type', 'response'].flatMap((field) =>
          [undefined, null, 7, [], {}, ''].map((value) => ({ credential: { ...right, [field]: value } })),
        ),
        ...['clientDataJSON', 'authenticatorData', 'signature'].flatMap((field) =>
          [undefined, null, 7, [], {}, '', '=', '*', `${response.signature}=`, 'A'.repeat(50_000)].map((value) => ({
            credential: { ...right, response: { ...response, [field]: value } },
          })),
        ),
        ...[7, [], {}, '*'].map((userHandle) => ({ credential: { ...right, response: { ...response, userHandle } } })),
        { credential: { ...right, type: 'password' } },
        { credential: { ...right, rawId: ada.passkey.id.toLowerCase() } },
      ];
      for (const body of bodies) {
        await refused(ada.person.post(path, body, ada.person.accessToken), 400, 'validation_failed');
      }
      await ada.verify(id, right).expect(200);
    });

    it('never ends in an error of ours', async () => {
      const ada = await PasskeyHolder.enrolled(app);
      const json = fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)));
      const cbor = fc
        .letrec<{ any: Parameters<typeof encode>[0] }>((tie) => ({
          any: fc.oneof(
            { maxDepth: 3 },
            fc.integer({ min: -60_000, max: 60_000 }),
            fc.string({ maxLength: 20 }),
            fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
            fc.array(tie('any'), { maxLength: 4 }),
            fc
              .array(fc.tuple(fc.constantFrom('fmt', 'attStmt', 'authData', 1, 3, -1, -2), tie('any')), {
                maxLength: 5,
              })
              .map((entries) => new Map(entries)),
          ),
        }))
        .any.map(encode);
      const raw = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes));
      const nested = fc.constantFrom(
        Buffer.alloc(9_000, 0x81),
        Buffer.alloc(9_000, 0xa1),
        Buffer.from('9f'.repeat(9000), 'hex'),
      );
      const field = fc
        .oneof(json, cbor, raw, nested)
        .map((bytes) => bytes.toString('base64url'))
        .filter((text) => text !== '');
      const garbage = fc.record(
        { clientDataJSON: field, attestationObject: field, authenticatorData: field, signature: field },
        { requiredKeys: [] },
      );
      const statuses = new Set<number>();
      await fc.assert(
        fc.asyncProperty(garbage, async (changes) => {
          const enrolling = new PasskeyHolder(app, ada.person);
          const { publicKey } = await enrolling.begin();
          const made = new Passkey().create(publicKey);
          const { status } = await enrolling.activate({
            ...made,
            response: {
              ...made.response,
              ...changes,
              ...(Object.keys(changes).length === 0 && { attestationObject: 'AA' }),
            },
          });
          const { id, publicKey: asked } = await ada.challenge();
          const got = ada.passkey.get(asked);
          const answer = await ada.verify(id, {
            ...got,
            response: { ...got.response, ...changes, signature: changes.signature ?? 'AA' },
          });
          statuses.add(status).add(answer.status);
          return status < 500 && answer.status < 500 && answer.status !== 200;
        }),
        { numRuns: 40 },
      );
      expect([...statuses].filter((status) => status !== 200)).toEqual([400]);
    });
  });
});
