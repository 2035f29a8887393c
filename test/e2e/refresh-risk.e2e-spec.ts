import { Injectable, Module } from '@nestjs/common';
import { join } from 'node:path';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { TorExitSignal } from '../../examples/risk/tor-exit.signal';
import { TorExits } from '../../examples/risk/tor-exits';
import { RiskSignal } from '../../src/auth/risk/risk-signal';
import { readSettings } from '../../src/platform/config/settings.module';
import { testDatabase } from '../support/database';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';
import { setCookiesOf, WebPage } from '../support/web-page';

jest.setTimeout(60_000); // many requests a test, on a busy machine

const PHONE = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36'; // prettier-ignore
const UPDATED = PHONE.replace('126', '131');
const SCRIPT = 'python-requests/2.32.3';

const HOME = { ip: '81.2.69.160', userAgent: PHONE };
const ON_THE_WAY = { ip: '81.2.70.9', userAgent: PHONE };
const OTHER_BROWSER = { ip: HOME.ip, userAgent: SCRIPT };
const THIEF = { ip: '198.51.100.23', userAgent: SCRIPT };
/** Where the test database of MaxMind has Seattle; HOME is London. */
const SEATTLE = { ip: '216.160.83.56', userAgent: PHONE };

const ENV = { DOCS: 'off', TRUST_PROXY: '1' };
const HOUR = 3600;

describe('The risk of a refresh', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { ...ENV, ALLOWED_ORIGINS: 'https://app.example.test' } });
  });
  afterAll(() => app.close());

  /** Somebody at home, signed in by password alone. */
  async function byPassword(on = app): Promise<Person> {
    const person = await Person.registered(on);
    person.client = HOME;
    await person.login();
    return person;
  }

  /** Somebody at home, signed in with an authenticator app. */
  async function withApp(on = app): Promise<Person> {
    const person = await Person.withApp(on);
    person.client = HOME;
    await person.loginWithApp();
    return person;
  }

  /** The token in other hands. */
  function stolen(person: Person, client = THIEF): Person {
    return Object.assign(person.elsewhere(), { client, refreshToken: person.refreshToken });
  }

  interface RiskEvent {
    readonly outcome: string;
    readonly ip: string;
    readonly details: { decision: string; score: number; signals: string[]; reason: string; previousIp: string };
  }

  async function assessments(person: Person, on = app): Promise<RiskEvent[]> {
    const dataSource = on.nest.get(DataSource);
    return dataSource.query<RiskEvent[]>(
      `SELECT outcome, ip, details FROM ${dataSource.getMetadata('AuditEventEntity').tablePath}
        WHERE type = 'session.risk_assessed' AND session_id = $1 ORDER BY id`,
      [person.sessionId],
    );
  }

  /** Refreshes, and takes the tokens. */
  async function refreshes(person: Person): Promise<void> {
    person.take((await person.refresh().expect(200)).body);
    expect(person.accessToken).not.toBe('');
  }

  /** Is asked for the second factor, and keeps the MFA token. */
  async function isAsked(person: Person, reason: string): Promise<void> {
    const { body } = await person.refresh().expect(200);
    expect(body).toMatchObject({ status: 'mfa_required', reason });
    expect(body).not.toHaveProperty('refreshToken');
    expect(body).not.toHaveProperty('accessToken');
    person.mfaToken = body.mfaToken as string;
  }

  async function verifies(person: Person): Promise<void> {
    const response = await person.verify(await person.challenge(), person.authenticator.code()).expect(200);
    expect(response.body.status).toBe('authenticated');
    person.take(response.body);
    app.clock.advance(30);
  }

  describe('that shows little goes through', () => {
    it.each([
      ['a phone that leaves the house and comes back, again and again', byPassword],
      ['a phone of somebody with a second factor', withApp],
    ])('%s', async (_who, signedIn) => {
      const ada = await signedIn();
      for (const client of [ON_THE_WAY, HOME, ON_THE_WAY, HOME]) {
        ada.client = client;
        await refreshes(ada);
      }
      expect(await assessments(ada)).toEqual(
        [HOME, ON_THE_WAY, HOME, ON_THE_WAY].map((before, at) => ({
          outcome: 'success',
          ip: (at % 2 === 0 ? ON_THE_WAY : HOME).ip,
          details: {
            decision: 'allow',
            score: 40,
            signals: ['new_network'],
            reason: 'new_network',
            previousIp: before.ip,
          },
        })),
      );
      await ada.get('/v1/payouts/limits', ada.accessToken).expect(200);
    });

    it('another device in the same network', async () => {
      const ada = await byPassword();
      ada.client = OTHER_BROWSER;
      await refreshes(ada);
      expect((await assessments(ada)).map(({ details }) => details.signals)).toEqual([['new_device']]);
    });

    it('the same browser after an update, at another address of its network: it shows nothing at all', async () => {
      const ada = await byPassword();
      ada.client = { ip: '81.2.69.7', userAgent: UPDATED };
      await refreshes(ada);
      expect(await assessments(ada)).toEqual([]);
      const { body } = await ada.get('/v1/sessions', ada.accessToken).expect(200);
      expect(body.items[0]).toMatchObject({ ip: '81.2.69.7', device: 'Chrome on Android' });
    });

    it('a phone after days in a drawer, somewhere else', async () => {
      const ada = await byPassword();
      app.clock.advance(4 * 24 * HOUR);
      ada.client = ON_THE_WAY;
      await refreshes(ada);
      expect((await assessments(ada)).map(({ details }) => details.signals)).toEqual([['new_network', 'long_idle']]);
    });
  });

  it('costs no statement where nothing shows: one read, and one that rotates', async () => {
    const ada = await withApp();
    const statements: string[] = [];
    const { driver } = app.nest.get(DataSource);
    const create = driver.createQueryRunner.bind(driver);
    const spy = jest.spyOn(driver, 'createQueryRunner').mockImplementation((mode) => {
      const runner = create(mode);
      const query = runner.query.bind(runner) as (...args: unknown[]) => Promise<unknown>;
      runner.query = ((...args: unknown[]) => {
        statements.push(String(args[0]));
        return query(...args);
      }) as typeof runner.query;
      return runner;
    });
    // The sealer reads events by the clock.
    const bySealer = (sql: string) => sql.includes('pg_snapshot_xmin');
    const ofSessions = () =>
      statements.filter((sql) => /sessions|audit_events|mfa_factors|users/.test(sql) && !bySealer(sql));
    try {
      await refreshes(ada);
      expect(ofSessions()).toHaveLength(2);
      expect(ofSessions()[0]).toMatch(/^SELECT/);
      expect(ofSessions()[1]).toMatch(/^WITH rotated AS/);
    } finally {
      spy.mockRestore();
    }
  });

  describe('on another device in another network', () => {
    it('asks for the second factor, and uses nothing up', async () => {
      const ada = await withApp();
      const eve = stolen(ada);
      await isAsked(eve, 'new_device');
      const event = (await assessments(ada))[0]!;
      expect(event).toEqual({
        outcome: 'failure',
        ip: THIEF.ip,
        details: {
          decision: 'step_up',
          score: 100,
          signals: ['new_network', 'new_device'],
          reason: 'new_device',
          previousIp: HOME.ip,
        },
      });
      await isAsked(eve, 'new_device');
    });

    it('stays demanded, whatever way is tried next, and wherever from', async () => {
      const ada = await withApp();
      const eve = stolen(ada);
      await isAsked(eve, 'new_device');
      for (const client of [THIEF, HOME, ON_THE_WAY, OTHER_BROWSER, { ip: '', userAgent: '' }]) {
        eve.client = client;
        await isAsked(eve, 'new_device');
      }
      const { body } = await Object.assign(eve, { client: HOME }).reauthenticate(ada.accessToken).expect(200);
      expect(body.status).toBe('mfa_required');
      await isAsked(eve, 'new_device');
      await refused(eve.get('/v1/payouts/limits', eve.mfaToken), 401, 'token_invalid');
      const further = eve.post('/v1/mfa/factors', { type: 'totp' }, eve.mfaToken);
      await refused(further, 403, 'forbidden');
    });

    it('goes on once the factor is verified there, and asks no more', async () => {
      const ada = await withApp();
      ada.client = THIEF; // She is it herself, on a new device.
      await isAsked(ada, 'new_device');
      await verifies(ada);
      for (let times = 0; times < 3; times++) await refreshes(ada);
      expect(await assessments(ada)).toHaveLength(1);
      const { body } = await ada.get('/v1/sessions', ada.accessToken).expect(200);
      expect(body.items[0]).toMatchObject({ current: true, ip: THIEF.ip, device: 'python-requests 2.32.3' });
    });

    it('gives a thief nothing when the owner verifies, at home: the stolen token is outdated, the session lives', async () => {
      const ada = await withApp();
      const eve = stolen(ada);
      await isAsked(eve, 'new_device');
      await isAsked(ada, 'new_device');
      await verifies(ada);
      await refused(eve.refresh(), 401, 'invalid_refresh_token');
      await refused(eve.post('/v1/mfa/challenges', {}, eve.mfaToken), 401, 'token_invalid');
      await refreshes(ada);
      await isAsked(stolen(ada), 'new_device');
    });

    it('asks for the token before the current one as well, within the grace', async () => {
      const ada = await withApp();
      const eve = stolen(ada);
      await refreshes(ada);
      await isAsked(eve, 'new_device');
      await isAsked(ada, 'new_device');
    });

    it('ends the session of somebody without a second factor, and its access tokens', async () => {
      const ada = await byPassword();
      const eve = stolen(ada);
      await refused(eve.refresh(), 401, 'invalid_refresh_token');
      await refused(ada.get('/v1/payouts/limits', ada.accessToken), 401, 'token_invalid');
      await refused(ada.refresh(), 401, 'invalid_refresh_token');
      expect((await assessments(ada)).map(({ outcome, details }) => [outcome, details.decision])).toEqual([
        ['failure', 'end'],
      ]);
      const dataSource = app.nest.get(DataSource);
      const ended = await dataSource.query<object[]>(
        `SELECT revoked_reason FROM ${dataSource.getMetadata('SessionEntity').tablePath} WHERE id = $1`,
        [ada.sessionId],
      );
      expect(ended).toEqual([{ revoked_reason: 'risk' }]);
      await ada.login();
      await refreshes(ada);
    });

    it('moves with the password confirmed there: nothing shows at the next refresh', async () => {
      const ada = await byPassword();
      ada.client = THIEF;
      ada.take((await ada.reauthenticate().expect(200)).body);
      await refreshes(ada);
      expect(await assessments(ada)).toEqual([]);
    });

    it('asks in a browser as well: no cookie is given, and the one that is there is not used up', async () => {
      const ada = await Person.withApp(app);
      ada.client = HOME;
      const page = new WebPage(app, 'https://app.example.test');
      const headersOf = ({ ip, userAgent }: typeof HOME) => ({ 'x-forwarded-for': ip, 'user-agent': userAgent });
      const verify = async (mfaToken: string) => {
        const path = `/v1/mfa/challenges/${await ada.challenge(mfaToken)}/verify`;
        const headers = { ...headersOf(HOME), authorization: `Bearer ${mfaToken}` };
        page.take(await page.post(path, { code: ada.authenticator.code() }, headers).expect(200));
        app.clock.advance(30);
      };
      const signIn = await page.login(ada.username, ada.password).set(headersOf(HOME)).expect(200);
      await verify(signIn.body.mfaToken as string);
      let mfaToken = '';
      for (const client of [THIEF, HOME]) {
        const answer = await page.refresh().set(headersOf(client)).expect(200);
        expect(answer.body).toMatchObject({ status: 'mfa_required', reason: 'new_device' });
        expect(setCookiesOf(answer)).toEqual([]);
        mfaToken = answer.body.mfaToken as string;
      }
      await verify(mfaToken);
      const { body } = await page.refresh().set(headersOf(HOME)).expect(200);
      expect(body.status).toBe('authenticated');
    });
  });

  describe('while much is refused in the account', () => {
    async function wrongPasswords(person: Person, times = 5): Promise<void> {
      const guess = { identifier: person.username, password: 'wrong' };
      for (let tries = 0; tries < times; tries++) await person.elsewhere().post('/v1/auth/login', guess).expect(401);
    }

    it('leaves a phone on the move alone: whoever knows a name puts nobody out', async () => {
      const ada = await byPassword();
      await wrongPasswords(ada);
      ada.client = ON_THE_WAY;
      await refreshes(ada);
      expect((await assessments(ada)).map(({ details }) => details.signals)).toEqual([
        ['new_network', 'many_refusals'],
      ]);
    });

    it('does not even show where nothing else is suspected', async () => {
      const ada = await byPassword();
      await wrongPasswords(ada);
      await refreshes(ada);
      expect(await assessments(ada)).toEqual([]);
    });

    it('ends the session on another device in another network, second factor or not', async () => {
      const ada = await withApp();
      await wrongPasswords(ada);
      await refused(stolen(ada).refresh(), 401, 'invalid_refresh_token');
      await refused(ada.refresh(), 401, 'invalid_refresh_token');
      await refused(ada.get('/v1/payouts/limits', ada.accessToken), 401, 'token_invalid');
      expect((await assessments(ada))[0]!.details).toMatchObject({
        decision: 'end',
        score: 140,
        signals: ['new_network', 'new_device', 'many_refusals'],
      });
    });

    it('ends it for whoever guesses codes with a stolen token, and not for asking again', async () => {
      const ada = await withApp();
      const eve = stolen(ada);
      for (let times = 0; times < 7; times++) await isAsked(eve, 'new_device');
      const challenge = await eve.challenge();
      for (let tries = 0; tries < 5; tries++) {
        await refused(eve.verify(challenge, ada.authenticator.wrongCode()), 400, 'invalid_code');
      }
      await refused(eve.refresh(), 401, 'invalid_refresh_token');
      await refused(ada.refresh(), 401, 'invalid_refresh_token');
    });

    it('counts neither four, nor what is older than an hour', async () => {
      const ada = await withApp();
      await wrongPasswords(ada, 4);
      await isAsked(stolen(ada), 'new_device');
      const bob = await withApp();
      await wrongPasswords(bob);
      app.clock.advance(HOUR + 1);
      await isAsked(stolen(bob), 'new_device');
    });
  });

  it('is counted by outcome and signal, and not where nothing shows', async () => {
    const series = async () => {
      const { text } = await request(app.url).get('/metrics').expect(200);
      return Object.fromEntries(
        text
          .split('\n')
          .filter((line) => line.startsWith('countersign_risk_') || line.includes('outcome="risk"'))
          .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
      );
    };
    const ada = await withApp();
    const bob = await byPassword();
    const before = await series();
    await refreshes(ada);
    expect(await series()).toEqual(before);
    await isAsked(stolen(ada), 'new_device');
    await refused(stolen(bob).refresh(), 401, 'invalid_refresh_token');
    const after = await series();
    const grown = Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)] as const);
    expect(Object.fromEntries(grown.filter(([, by]) => by > 0))).toEqual({
      'countersign_risk_assessments_total{outcome="step_up"}': 1,
      'countersign_risk_assessments_total{outcome="end"}': 1,
      'countersign_risk_signals_total{signal="new_network"}': 2,
      'countersign_risk_signals_total{signal="new_device"}': 2,
      'countersign_refreshes_total{outcome="risk"}': 1,
    });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a signal that there is not', { RISK_WEIGHTS: 'new_moon=5' }, /RISK_WEIGHTS: no such signal: new_moon\./],
    ['a database that is none', { RISK_GEOIP_FILE: __filename }, /RISK_GEOIP_FILE: the file is not a whole MaxMind/],
  ])('stops the start where a setting names %s', async (_what, env, message) => {
    const database = await testDatabase();
    try {
      await expect(startTestApp({ env: { ...ENV, ...env }, database })).rejects.toThrow(message);
    } finally {
      await database.drop();
    }
  });

  it('does not show a journey while there is no database of locations', async () => {
    const ada = await byPassword();
    ada.client = SEATTLE;
    await refreshes(ada);
  });
});

describe('The risk of a refresh, with settings and signals of a team', () => {
  const exits = new Set(['203.0.113.7']);
  let fails = false;

  @Injectable()
  class FailingSignal extends RiskSignal {
    override readonly name = 'failing';
    override readonly weight = 1;
    override readonly reason = 'policy';

    override suspects(): boolean {
      return fails;
    }
    override confirms(): Promise<boolean> {
      return fails ? Promise.reject(new Error('no answer')) : Promise.resolve(false);
    }
  }

  @Module({ providers: [TorExitSignal, FailingSignal, { provide: TorExits, useValue: exits }] })
  class TeamModule {}

  let app: TestApp;

  beforeAll(async () => {
    const file = join(__dirname, '..', 'support', 'geoip', 'GeoLite2-City-Test.mmdb');
    app = await startTestApp({
      imports: [TeamModule],
      env: { ...ENV, RISK_GEOIP_FILE: file, RISK_WEIGHTS: 'failing=5,new_device=0', MFA_MAX_AGE: '864000' },
    });
  });
  afterEach(() => {
    fails = false;
  });
  afterAll(() => app.close());

  async function atHome(): Promise<Person> {
    const person = await Person.withApp(app);
    person.client = HOME;
    await person.loginWithApp();
    return person;
  }

  async function reasonAt(person: Person, client: { ip: string; userAgent: string }): Promise<string | undefined> {
    person.client = client;
    const { body } = await person.refresh().expect(200);
    if (body.status === 'authenticated') person.take(body);
    return body.reason as string | undefined;
  }

  it('asks for the second factor after a journey that nobody makes in five minutes', async () => {
    const ada = await atHome();
    app.clock.advance(300);
    expect(await reasonAt(ada, SEATTLE)).toBe('new_network');
    expect(await reasonAt(ada, HOME)).toBe('new_network');
  });

  it('lets pass whoever took a plane, and then goes on from there', async () => {
    const ada = await atHome();
    app.clock.advance(12 * HOUR);
    expect(await reasonAt(ada, SEATTLE)).toBeUndefined();
    app.clock.advance(60);
    expect(await reasonAt(ada, SEATTLE)).toBeUndefined();
  });

  it('does not see what weighs nothing', async () => {
    const ada = await atHome();
    expect(await reasonAt(ada, { ip: ON_THE_WAY.ip, userAgent: SCRIPT })).toBeUndefined();
  });

  it('adds a signal of the team to the others', async () => {
    const ada = await atHome();
    expect(await reasonAt(ada, { ip: '203.0.113.7', userAgent: PHONE })).toBe('new_network');
  });

  it('answers 503 where a signal fails, never a token, and uses nothing up', async () => {
    const ada = await atHome();
    fails = true;
    await refused(ada.refresh(), 503, 'unavailable');
    await refused(ada.refresh(), 503, 'unavailable');
    fails = false;
    expect(await reasonAt(ada, HOME)).toBeUndefined();
  });
});

describe('The risk of a refresh, switched off', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { ...ENV, RISK: 'off' } });
  });
  afterAll(() => app.close());

  it('is not looked at', async () => {
    const ada = await Person.registered(app);
    ada.client = HOME;
    await ada.login();
    ada.client = THIEF;
    ada.take((await ada.refresh().expect(200)).body);
    expect(ada.accessToken).not.toBe('');
  });
});

describe('A wrong setting of risk', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['a weight that is none', { RISK_WEIGHTS: 'new_device=heavy' }, /RISK_WEIGHTS: each must be name=weight/],
    ['an end before the step-up', { RISK_END_SCORE: '50' }, /RISK_END_SCORE: it must not be less/],
  ])('is named: %s', (_what, env, message) => {
    expect(() => readSettings({ NODE_ENV: 'test', ...env })).toThrow(message);
  });
});
