import { DataSource } from 'typeorm';
import { Forgetful } from '../support/password-recovery';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

const MAX = 5;
const WRONG = 'a loom that weaves geometry';

describe('Wrong passwords of an account', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { LOGIN_MAX_FAILURES: String(MAX) } });
  });
  afterAll(() => app.close());

  const login = (person: Person, password: string, deviceToken?: string) =>
    person.post('/v1/auth/login', { identifier: person.username, password, ...(deviceToken && { deviceToken }) });
  const rows = async (table: string): Promise<number> => {
    const source = app.nest.get(DataSource);
    const schema = (source.options as { schema?: string }).schema ?? 'countersign';
    const [{ count }] = await source.query(`SELECT count(*)::int AS count FROM "${schema}"."${table}"`);
    return count as number;
  };
  const guess = async (person: Person, times: number, deviceToken?: string) => {
    for (let i = 0; i < times; i++) await refused(login(person, WRONG, deviceToken), 401, 'invalid_credentials');
  };
  /** A person and the token of the device that they signed in on. */
  const withDevice = async (): Promise<{ ada: Person; deviceToken: string }> => {
    const ada = await Person.registered(app);
    const { body } = await ada.login();
    return { ada, deviceToken: body.deviceToken as string };
  };

  describe('the lock', () => {
    it('takes no password after too many, and answers as to a wrong one', async () => {
      const ada = await Person.registered(app);
      await guess(ada, MAX - 1);
      const wrong = await login(ada, WRONG).expect(401);
      const locked = await login(ada, ada.password).expect(401);
      expect({ ...locked.body, requestId: '' }).toEqual({ ...wrong.body, requestId: '' });
      expect(locked.headers['retry-after']).toBeUndefined();
      expect(locked.headers['www-authenticate']).toBe(wrong.headers['www-authenticate']);
    });

    it('grows: 30 s, 60 s, and up to an hour', async () => {
      const ada = await Person.registered(app);
      await guess(ada, MAX);
      for (const seconds of [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]) {
        app.clock.advance(seconds - 1);
        await refused(login(ada, ada.password), 401, 'invalid_credentials');
        app.clock.advance(1);
        await guess(ada, 1);
      }
      app.clock.advance(3600);
      await login(ada, ada.password).expect(200);
    });

    it('is not made longer by what is tried while it lasts', async () => {
      const ada = await Person.registered(app);
      await guess(ada, MAX);
      app.clock.advance(20);
      await guess(ada, 5);
      app.clock.advance(10);
      await login(ada, ada.password).expect(200);
    });

    it('counts wrong ones in a row: a right one begins anew', async () => {
      const ada = await Person.registered(app);
      for (let round = 0; round < 3; round++) {
        await guess(ada, MAX - 1);
        await login(ada, ada.password).expect(200);
      }
    });

    it('is recorded, and shows in the metrics', async () => {
      const ada = await Person.signedIn(app);
      await guess(ada, MAX + 1);
      const { body } = await ada.get('/v1/users/me/events', ada.accessToken).expect(200);
      const types = (body.items as { type: string }[]).map(({ type }) => type);
      expect(types.filter((type) => type === 'account.locked')).toHaveLength(1);
      const { text } = await ada.get('/metrics').expect(200);
      expect(text).toMatch(/countersign_password_attempts_total\{outcome="locked"\} [1-9]/);
    });
  });

  describe('one count', () => {
    it('is shared by sign-in, reauthentication and change of the password', async () => {
      const ada = await Person.signedIn(app);
      await refused(
        ada.post('/v1/auth/reauthenticate', { password: WRONG }, ada.accessToken),
        401,
        'invalid_credentials',
      );
      const change = { currentPassword: WRONG, newPassword: 'punched cards hold flowers' };
      await refused(ada.put('/v1/users/me/password', change, ada.accessToken), 401, 'invalid_credentials');
      await guess(ada, MAX - 2);
      await refused(login(ada, ada.password), 401, 'invalid_credentials');
      await refused(ada.reauthenticate(), 401, 'invalid_credentials');
      const right = { ...change, currentPassword: ada.password };
      await refused(ada.put('/v1/users/me/password', right, ada.accessToken), 401, 'invalid_credentials');
      app.clock.advance(30);
      await ada.reauthenticate().expect(200);
    });

    it('ends nobody’s session while others have locked the account', async () => {
      const ada = await Person.signedIn(app);
      await guess(ada, MAX);
      for (let i = 0; i < 6; i++) await refused(ada.reauthenticate(), 401, 'invalid_credentials');
      await ada.get('/v1/users/me', ada.accessToken).expect(200);
      app.clock.advance(30);
      await ada.reauthenticate().expect(200);
    });
  });

  describe('names that nobody has', () => {
    it('answer alike, and leave no row', async () => {
      const ada = await Person.registered(app);
      const before = await rows('login_failures');
      const unknown = { identifier: 'nobody-at-all', password: WRONG };
      const known = await login(ada, WRONG).expect(401);
      for (let i = 0; i < MAX + 2; i++) {
        const { body } = await ada.post('/v1/auth/login', { ...unknown, identifier: `nobody-${i}` }).expect(401);
        expect({ ...body, requestId: '' }).toEqual({ ...known.body, requestId: '' });
        const again = await ada.post('/v1/auth/login', { ...unknown, deviceToken: 'csd_x' }).expect(401);
        expect({ ...again.body, requestId: '' }).toEqual({ ...known.body, requestId: '' });
      }
      expect(await rows('login_failures')).toBe(before + 1);
    });
  });

  describe('a known device', () => {
    it('gets its token once', async () => {
      const { ada, deviceToken } = await withDevice();
      expect(deviceToken).toMatch(/^csd_[A-Za-z0-9_-]{43}$/);
      const again = await login(ada, ada.password, deviceToken).expect(200);
      expect(again.body.deviceToken).toBeUndefined();
      ada.take(again.body);
      expect((await ada.refresh().expect(200)).body.deviceToken).toBeUndefined();
      expect((await login(ada, ada.password).expect(200)).body.deviceToken).not.toBe(deviceToken);
    });

    it('gets it when the second factor is verified, and not before', async () => {
      const ada = await Person.withApp(app);
      const elsewhere = ada.elsewhere();
      const half = await elsewhere.login();
      expect(half.body.status).toBe('mfa_required');
      expect(half.body.deviceToken).toBeUndefined();
      const whole = await elsewhere.verify(await elsewhere.challenge(), elsewhere.authenticator.code()).expect(200);
      expect(whole.body.deviceToken).toMatch(/^csd_/);
      app.clock.advance(30);
      const again = elsewhere.elsewhere();
      again.take((await login(again, again.password, whole.body.deviceToken as string).expect(200)).body);
      const known = await again.verify(await again.challenge(), again.authenticator.code()).expect(200);
      expect(known.body.deviceToken).toBeUndefined();
      app.clock.advance(30);
    });

    it('is spared the lock that others led to', async () => {
      const { ada, deviceToken } = await withDevice();
      await guess(ada, MAX + 3);
      await refused(login(ada, ada.password), 401, 'invalid_credentials');
      await login(ada, ada.password, deviceToken).expect(200);
      // Others are locked out as before.
      await refused(login(ada, ada.password), 401, 'invalid_credentials');
    });

    it('has a count of its own', async () => {
      const { ada, deviceToken } = await withDevice();
      await guess(ada, MAX, deviceToken);
      await refused(login(ada, ada.password, deviceToken), 401, 'invalid_credentials');
      await login(ada, ada.password).expect(200);
      app.clock.advance(30);
      await login(ada, ada.password, deviceToken).expect(200);
    });

    it('is known to its own account only', async () => {
      const { deviceToken } = await withDevice();
      const eve = await Person.registered(app);
      await guess(eve, MAX, deviceToken);
      await refused(login(eve, eve.password, deviceToken), 401, 'invalid_credentials');
    });

    it('is one of twenty at most, of which those in use stay', async () => {
      const { ada, deviceToken } = await withDevice();
      await login(ada, ada.password, deviceToken).expect(200);
      const before = await rows('known_devices');
      for (let i = 0; i < 25; i++) await login(ada, ada.password).expect(200);
      expect(await rows('known_devices')).toBe(before + 19);
      await guess(ada, MAX);
      await login(ada, ada.password, deviceToken).expect(200);
    });

    it('is forgotten when the password is reset, and so are the wrong passwords', async () => {
      const ada = await Person.withEmail(app);
      const { body } = await ada.login();
      await guess(ada, MAX);
      const somebody = new Forgetful(app);
      const newPassword = 'punched cards hold flowers';
      await somebody.reset(await somebody.link(ada), newPassword).expect(204);
      await login(ada, newPassword).expect(200);
      await guess(ada, MAX);
      await refused(login(ada, newPassword, body.deviceToken as string), 401, 'invalid_credentials');
    });

    it('is stored as a hash', async () => {
      const { deviceToken } = await withDevice();
      const source = app.nest.get(DataSource);
      const schema = (source.options as { schema?: string }).schema ?? 'countersign';
      const stored = JSON.stringify(
        await source.query(`SELECT *, encode(digest, 'escape') FROM "${schema}"."known_devices"`),
      );
      expect(stored).not.toContain(deviceToken.slice(4));
    });
  });
});
