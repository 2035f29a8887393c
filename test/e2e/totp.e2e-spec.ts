import request from 'supertest';
import { DataSource } from 'typeorm';
import { MfaFactorEntity } from '../../src/mfa/factors/entities/mfa-factor.entity';
import { SecretBox } from '../../src/platform/crypto/secret-box';
import { Authenticator } from '../support/authenticator';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(60_000); // many requests a test, on a busy machine

const PENDING_SECONDS = 15 * 60;
const STEP = 30;

describe('The authenticator app', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off' } });
  });
  afterAll(() => app.close());

  /** Signed in by password; then the app's first code is activated by hand. */
  async function activate(person: Person, code: unknown, factorId = person.factorId) {
    return person.post(`/v1/mfa/factors/${factorId}/activate`, { code }, person.accessToken);
  }

  describe('while it is being enrolled', () => {
    it('gives a secret of 160 bits, another one each time, as text, URI and picture', async () => {
      const ada = await Person.signedIn(app);
      const { body, headers } = await ada.enroll();
      const { secret, otpauthUri, qrCode } = body.enrollment;
      expect(secret).toMatch(/^[A-Z2-7]{32}$/);
      const uri = new URL(otpauthUri as string);
      expect(uri.protocol + uri.host).toBe('otpauth:totp');
      expect(decodeURIComponent(uri.pathname)).toBe(`/Countersign:${ada.username}`);
      expect(Object.fromEntries(uri.searchParams)).toEqual({
        secret,
        issuer: 'Countersign',
        algorithm: 'SHA1',
        digits: '6',
        period: '30',
      });
      const png = Buffer.from((qrCode as string).replace('data:image/png;base64,', ''), 'base64');
      expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
      expect(headers['cache-control']).toBe('no-store');
      expect(Object.keys(body.factor as object).sort()).toEqual(
        ['id', 'type', 'name', 'status', 'hint', 'acr', 'preferred', 'createdAt', 'lastUsedAt'].sort(),
      );

      const again = await ada.enroll();
      expect(again.body.enrollment.secret).not.toBe(secret);
    });

    it('is replaced when it is asked for again: the first secret is worth nothing', async () => {
      const ada = await Person.signedIn(app);
      await ada.enroll();
      const { authenticator: first, factorId: firstId } = ada;
      await ada.enroll();
      expect((await activate(ada, first.code(), firstId)).body.code).toBe('not_found');
      expect((await activate(ada, first.code())).body.code).toBe('invalid_code');
      expect((await activate(ada, ada.authenticator.code())).status).toBe(200);
    });

    it('lapses after 15 minutes', async () => {
      const ada = await Person.signedIn(app);
      await ada.enroll();
      app.clock.advance(PENDING_SECONDS - 1);
      ada.take((await ada.refresh().expect(200)).body);
      ada.take((await ada.reauthenticate().expect(200)).body);
      expect((await ada.get('/v1/mfa/factors', ada.accessToken)).body.items).toHaveLength(1);
      app.clock.advance(1);
      expect((await ada.get('/v1/mfa/factors', ada.accessToken)).body.items).toEqual([]);
      await refused(ada.get(`/v1/mfa/factors/${ada.factorId}/qr-code`, ada.accessToken), 404, 'not_found');
      expect((await activate(ada, ada.authenticator.code())).body.code).toBe('not_found');
    });

    it('neither signs in nor is asked for', async () => {
      const ada = await Person.signedIn(app);
      await ada.enroll();
      await refused(ada.post('/v1/mfa/challenges', {}, ada.accessToken), 401, 'mfa_enrollment_required');
      await refused(
        ada.post('/v1/mfa/challenges', { factorId: ada.factorId }, ada.accessToken),
        401,
        'mfa_enrollment_required',
      );
      expect((await ada.elsewhere().login()).body).toMatchObject({ status: 'authenticated', session: { acr: 'aal1' } });

      const bob = await Person.withApp(app);
      const { factorId: active, authenticator } = bob;
      await bob.enroll();
      const pending = bob.factorId;
      Object.assign(bob, { authenticator, factorId: active });
      const login = await bob.elsewhere().login();
      expect(login.body.factors.map(({ id }: { id: string }) => id)).not.toContain(pending);
      await refused(bob.post('/v1/mfa/challenges', { factorId: pending }, bob.accessToken), 404, 'not_found');
    });

    it('cannot be activated, nor seen, from another session of the account or by somebody else', async () => {
      const ada = await Person.signedIn(app);
      await ada.enroll();
      for (const other of [ada.elsewhere(), await Person.registered(app)]) {
        await other.login();
        const token = other.accessToken;
        const code = ada.authenticator.code();
        await refused(other.post(`/v1/mfa/factors/${ada.factorId}/activate`, { code }, token), 404, 'not_found');
        await refused(other.get(`/v1/mfa/factors/${ada.factorId}/qr-code`, token), 404, 'not_found');
      }
      expect((await activate(ada, ada.authenticator.code())).status).toBe(200);
    });

    it('shows its QR code as a PNG for as long as it is pending', async () => {
      const ada = await Person.signedIn(app);
      const { body } = await ada.enroll();
      const path = `/v1/mfa/factors/${ada.factorId}/qr-code`;
      const shown = await request(app.url).get(path).auth(ada.accessToken, { type: 'bearer' }).expect(200);
      expect(shown.headers).toMatchObject({ 'content-type': 'image/png', 'cache-control': 'no-store' });
      expect(`data:image/png;base64,${(shown.body as Buffer).toString('base64')}`).toBe(body.enrollment.qrCode);
      await ada.activate();
      await refused(ada.get(path, ada.accessToken), 404, 'not_found');
    });

    it('shows its QR code to nobody who could not have begun it', async () => {
      const ada = await Person.withApp(app);
      const { authenticator } = ada;
      await ada.enroll(); // a second app
      const path = `/v1/mfa/factors/${ada.factorId}/qr-code`;
      await ada.get(path, ada.accessToken).expect(200);
      const again = await ada.reauthenticate().expect(200);
      expect(again.body.status).toBe('mfa_required');
      await refused(ada.get(path, again.body.mfaToken as string), 403, 'forbidden');
      await refused(
        ada.post(`/v1/mfa/factors/${ada.factorId}/activate`, { code: authenticator.wrongCode() }, again.body.mfaToken),
        403,
        'forbidden',
      );
      app.clock.advance(601 - STEP);
      ada.take((await ada.refresh().expect(200)).body);
      await refused(ada.get(path, ada.accessToken), 401, 'mfa_stale');
    });

    it('counts wrong codes, locks, and takes the right one after the lock', async () => {
      const ada = await Person.signedIn(app);
      await ada.enroll();
      const wrong = ada.authenticator.wrongCode();
      for (let tries = 0; tries < 10; tries++) expect((await activate(ada, wrong)).body.code).toBe('invalid_code');
      const locked = await activate(ada, ada.authenticator.code());
      expect(locked).toMatchObject({ status: 429, body: { code: 'too_many_attempts', retryAfter: 30 } });
      app.clock.advance(31);
      expect((await activate(ada, ada.authenticator.code())).status).toBe(200);
    });

    it('shows the secret in no later answer, and in no log line', async () => {
      const ada = await Person.signedIn(app);
      const { secret } = (await ada.enroll()).body.enrollment as { secret: string };
      const answers = [
        await ada.activate(),
        await ada.get('/v1/mfa/factors', ada.accessToken).expect(200),
        await ada.patch(`/v1/mfa/factors/${ada.factorId}`, { name: 'Phone' }, ada.accessToken).expect(200),
      ];
      app.clock.advance(STEP);
      answers.push(await ada.loginWithApp(), await ada.refresh().expect(200));
      for (const { body } of answers) expect(JSON.stringify(body)).not.toContain(secret);
      expect(app.log.join('\n')).not.toContain(secret);
      const rows = await app.nest.get(DataSource).getRepository(MfaFactorEntity).find();
      expect(JSON.stringify(rows)).not.toContain(secret);
    });
  });

  describe('once it is active', () => {
    it('takes a code once: not again, and not at login after it activated the app', async () => {
      const ada = await Person.signedIn(app);
      await ada.enroll();
      const code = ada.authenticator.code();
      await ada.activate();
      await ada.login();
      const refusal = await refused(ada.verify(await ada.challenge(), code), 400, 'invalid_code');
      expect(refusal.body.detail).toContain('works once');

      app.clock.advance(STEP);
      const next = ada.authenticator.code();
      const verified = await ada.verify(await ada.challenge(), next).expect(200);
      expect(verified.headers['cache-control']).toBe('no-store');
      ada.take(verified.body);
      await refused(ada.verify(await ada.challenge(ada.accessToken), next, ada.accessToken), 400, 'invalid_code');
      await ada.login();
      await refused(ada.verify(await ada.challenge(), next), 400, 'invalid_code');
    });

    it('takes no code of an earlier step after one of a later step', async () => {
      const ada = await Person.withApp(app);
      await ada.login();
      await ada.verify(await ada.challenge(), ada.authenticator.code(1)).expect(200);
      await ada.login();
      const challenge = await ada.challenge();
      await refused(ada.verify(challenge, ada.authenticator.code(0)), 400, 'invalid_code');
      await refused(ada.verify(challenge, ada.authenticator.code(1)), 400, 'invalid_code');
      app.clock.advance(STEP);
      await ada.verify(challenge, ada.authenticator.code(1)).expect(200);
    });

    it.each([-1, 0, 1])('takes the code of %i steps away', async (steps) => {
      const ada = await Person.withApp(app);
      app.clock.advance(10 * STEP);
      await ada.login();
      await ada.verify(await ada.challenge(), ada.authenticator.code(steps)).expect(200);
    });

    it.each([-2, 2])('refuses the code of %i steps away', async (steps) => {
      const ada = await Person.withApp(app);
      app.clock.advance(10 * STEP);
      await ada.login();
      await refused(ada.verify(await ada.challenge(), ada.authenticator.code(steps)), 400, 'invalid_code');
    });

    it('goes by the time of the server, whatever the client says of it', async () => {
      const ada = await Person.withApp(app);
      app.clock.advance(10 * STEP);
      await ada.login();
      const test = ada
        .verify(await ada.challenge(), ada.authenticator.code(-5))
        .set('date', new Date(app.clock.now().getTime() - 5 * STEP * 1000).toUTCString());
      await refused(test, 400, 'invalid_code');
    });

    it('answers what cannot be a code as validation_failed, and counts no attempt', async () => {
      const ada = await Person.withApp(app);
      await ada.login();
      const challenge = await ada.challenge();
      const right = ada.authenticator.code();
      const fullWidth = [...right].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join('');
      const path = `/v1/mfa/challenges/${challenge}/verify`;
      const malformed: unknown[] = [
        fullWidth,
        ` ${right}`,
        `${right} `,
        `${right}\n`,
        `+${right.slice(1)}`,
        `${right}0`,
        right.slice(1),
        '',
        'abcdef',
        '0x1234',
        '1e5000',
        '-12345',
        Number(right),
        [right],
        [[right]],
        { toString: right },
        { code: right },
        null,
        true,
      ];
      for (const code of malformed) {
        const refusal = await refused(ada.post(path, { code }, ada.mfaToken), 400, 'validation_failed');
        expect(refusal.body.errors[0]).toMatchObject({ path: 'code' });
        expect(refusal.body).not.toHaveProperty('attemptsRemaining');
      }
      for (const body of [{}, { response: { code: right } }, { credential: { code: right } }]) {
        await refused(ada.post(path, body, ada.mfaToken), 400, 'validation_failed');
      }
      await refused(ada.post(path, { code: right, step: 1 }, ada.mfaToken), 400, 'validation_failed');
      const wrong = await refused(ada.verify(challenge, ada.authenticator.wrongCode()), 400, 'invalid_code');
      expect(wrong.body.attemptsRemaining).toBe(4);
      await ada.verify(challenge, right).expect(200);
    });

    it('keeps a code with leading zeros a text', async () => {
      const ada = await Person.withApp(app);
      await ada.login();
      for (let steps = 0; !ada.authenticator.code().startsWith('0'); steps++) {
        expect(steps).toBeLessThan(1000);
        app.clock.advance(STEP);
      }
      await ada.login();
      const code = ada.authenticator.code();
      const challenge = await ada.challenge();
      await refused(ada.verify(challenge, code.replace(/^0+/, '')), 400, 'validation_failed');
      await ada.verify(challenge, code).expect(200);
    });
  });

  describe('with the secret of RFC 6238 appendix B', () => {
    const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    const VECTORS = [
      [59, '287082'],
      [1_111_111_109, '081804'],
      [1_111_111_111, '050471'],
      [1_234_567_890, '005924'],
      [2_000_000_000, '279037'],
      [20_000_000_000, '353130'],
    ] as const;

    /** Puts the clock to these seconds since the epoch. */
    const setClock = (seconds: number) => {
      app.clock.advance(seconds - app.clock.nowInSeconds());
    };

    it('takes the code of each of its moments, and none of another', async () => {
      setClock(29);
      const ada = await Person.signedIn(app);
      await ada.enroll();
      const place = { table: 'mfa_factors', column: 'sealed_secret', rowId: ada.factorId };
      const sealedSecret = app.nest.get(SecretBox).seal<'FactorSecret'>(Buffer.from('12345678901234567890'), place);
      const factors = app.nest.get(DataSource).getRepository(MfaFactorEntity);
      await factors.update({ id: ada.factorId }, { sealedSecret });
      ada.authenticator = new Authenticator(SECRET, app.clock);
      for (const [seconds, code] of VECTORS) {
        setClock(seconds);
        if (seconds === 59) {
          expect((await activate(ada, '353130')).body.code).toBe('invalid_code');
          expect((await activate(ada, code)).status).toBe(200);
        } else {
          await ada.login();
          const challenge = await ada.challenge();
          await refused(ada.verify(challenge, '287082'), 400, 'invalid_code');
          await ada.verify(challenge, code).expect(200);
        }
      }
    });
  });
});
