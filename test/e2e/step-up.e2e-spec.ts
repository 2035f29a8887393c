import { Controller, Get, Injectable, Module } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccessModule, RequireMfa, RequirePermissions, RequireRecentAuthentication } from '../../src/access';
import { aPrincipal, type PrincipalSketch } from '../../src/access/testing';
import type { FactorRecord } from '../../src/mfa/factors/factor';
import {
  type ChallengeOffer,
  type EnrollmentOffer,
  type FactorResponse,
  type FactorVerdict,
  MfaFactor,
  verdictOf,
} from '../../src/mfa/factors/mfa-factor';
import { readJws } from '../support/jws';
import { Person } from '../support/person';
import { routeAccessOf } from '../support/route-access';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(60_000);

const KEY_ANSWER = 'the key was touched';

/** Stands in for a passkey: phishing-resistant, and proves who touched it. */
@Injectable()
class KeyFactor extends MfaFactor {
  override readonly type = 'key';
  override readonly acr = 'phr';
  override readonly amr = ['hwk', 'user'];
  override readonly defaultName = 'Key';

  override enroll(): Promise<EnrollmentOffer> {
    return Promise.resolve({ enrollment: {} });
  }

  override activate(_tx: EntityManager, _factor: FactorRecord, { code }: FactorResponse): Promise<FactorVerdict> {
    return Promise.resolve(verdictOf(code === KEY_ANSWER));
  }

  override challenge(): Promise<ChallengeOffer> {
    return Promise.resolve({});
  }

  override verify(_tx: EntityManager, _factor: FactorRecord, { code }: FactorResponse): Promise<FactorVerdict> {
    return Promise.resolve(verdictOf(code === KEY_ANSWER));
  }
}

@Controller('probe')
class ProbeController {
  @RequireMfa()
  @Get('mfa')
  mfa(): object {
    return {};
  }

  @RequireMfa({ maxAge: 60 })
  @Get('fresh')
  fresh(): object {
    return {};
  }

  @RequireMfa({ acr: 'phr', maxAge: 60 })
  @Get('phr')
  phr(): object {
    return {};
  }

  @RequireMfa({ methods: ['hwk', 'swk'] })
  @Get('methods')
  methods(): object {
    return {};
  }

  @RequireRecentAuthentication({ maxAge: 600 })
  @Get('recent')
  recent(): object {
    return {};
  }
}

@RequireRecentAuthentication({ maxAge: 600 })
@Controller('probe/recent-controller')
class RecentController {
  @Get()
  get(): object {
    return {};
  }

  @RequireRecentAuthentication({ maxAge: 60 })
  @Get('sooner')
  sooner(): object {
    return {};
  }

  @RequireRecentAuthentication({ maxAge: 3600 })
  @Get('later')
  later(): object {
    return {};
  }
}

@RequirePermissions('heir:base')
@RequireRecentAuthentication({ maxAge: 100 })
@RequireMfa({ maxAge: 60 })
class BaseController {
  @Get('base')
  base(): object {
    return {};
  }
}

@RequireMfa({ acr: 'phr' })
class MiddleController extends BaseController {}

@RequirePermissions('heir:own')
@RequireRecentAuthentication({ maxAge: 200 })
@RequireMfa({ maxAge: 3600 })
@Controller('probe/heir')
class HeirController extends MiddleController {
  @RequireMfa({ methods: ['hwk'] })
  @Get('own')
  own(): object {
    return {};
  }
}

@Module({
  imports: [AccessModule.forFeature({ permissions: { 'heir:base': 'Base', 'heir:own': 'Own' } })],
  controllers: [ProbeController, RecentController, HeirController],
  providers: [KeyFactor],
})
class ProbeModule {}

const STEP_UP = 'Bearer realm="countersign", error="insufficient_user_authentication"';

/** The parameters of a challenge, as a client reads them (RFC 9110 §11.2). */
function parametersOf(header: string): Record<string, string> {
  expect(header).toMatch(/^Bearer /);
  return Object.fromEntries(
    [...header.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name, value]),
  );
}

describe('Step-up', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({
      imports: [ProbeModule],
      env: {
        MFA_FACTORS: 'totp,recovery_code,key',
        ACCESS_TOKEN_TTL: '3000',
        ALLOWED_ORIGINS: 'https://app.example.com',
      },
    });
  });
  afterAll(() => app.close());

  /** What a client does that knows nothing but RFC 9470 and the routes of this service. */
  class Client {
    constructor(readonly person: Person) {}

    /** @returns the code of the refusal, after having met its challenge */
    async meet(path: string): Promise<string> {
      const { status, headers, body } = await this.person
        .get(path, this.person.accessToken)
        .set('origin', 'https://app.example.com');
      expect(status).toBe(401);
      expect(headers['access-control-expose-headers']).toMatch(/WWW-Authenticate.*Retry-After/);
      const { realm, error, acr_values, max_age } = parametersOf(headers['www-authenticate']!);
      expect({ realm, error }).toEqual({ realm: 'countersign', error: 'insufficient_user_authentication' });
      // Header and body say the same.
      if (acr_values !== undefined || body.required.acr !== undefined) expect(acr_values).toBe(body.required.acr);
      if (max_age !== undefined) expect(max_age).toBe(String(body.required.maxAge));
      await this.stepUp(body.code as string, acr_values, body.required.methods as string[] | undefined);
      return body.code as string;
    }

    private async stepUp(code: string, acr: string | undefined, methods?: string[]): Promise<void> {
      const { person } = this;
      if (acr === undefined) {
        person.take((await person.reauthenticate().expect(200)).body);
        return;
      }
      if (code === 'mfa_enrollment_required') {
        await person.enroll();
        await person.activate();
        app.clock.advance(30);
        return;
      }
      const { body } = await person.get('/v1/mfa/factors', person.accessToken).expect(200);
      const factors = body.items as { id: string; type: string; acr: string }[];
      const wantsKey = acr === 'phr' || methods?.includes('hwk');
      const { id, type } = factors.find((each) => each.type === (wantsKey ? 'key' : 'totp'))!;
      const challenge = await person.challenge(person.accessToken, id);
      const answer = type === 'key' ? KEY_ANSWER : person.authenticator.code();
      person.take((await person.verify(challenge, answer, person.accessToken).expect(200)).body);
      app.clock.advance(30);
    }
  }

  /** Adds a key to somebody who has an app. */
  async function withKey(): Promise<Person> {
    const person = await Person.withApp(app);
    const begun = await person.post('/v1/mfa/factors', { type: 'key' }, person.accessToken).expect(201);
    const path = `/v1/mfa/factors/${begun.body.factor.id as string}/activate`;
    await person.post(path, { code: KEY_ANSWER }, person.accessToken).expect(200);
    return person;
  }

  /** Somebody with app and key who is signed in with the app only. */
  async function signedInByApp(): Promise<Person> {
    const person = (await withKey()).elsewhere();
    await person.login();
    const challenge = await person.challenge(person.mfaToken, person.factorId);
    person.take((await person.verify(challenge, person.authenticator.code()).expect(200)).body);
    app.clock.advance(30);
    return person;
  }

  /** Somebody whose second factor has lapsed by a refresh. */
  async function lapsed(): Promise<Person> {
    const person = await Person.withApp(app);
    app.clock.advance(3601);
    person.take((await person.refresh().expect(200)).body);
    return person;
  }

  async function waited(seconds: number, who: Promise<Person>): Promise<Person> {
    const person = await who;
    app.clock.advance(seconds);
    return person;
  }

  it.each<[string, string, () => Promise<Person>]>([
    ['mfa_required', '/probe/mfa', lapsed],
    ['mfa_required', '/probe/fresh', lapsed],
    ['mfa_required', '/probe/recent', lapsed],
    ['mfa_enrollment_required', '/probe/mfa', () => Person.signedIn(app)],
    ['mfa_enrollment_required', '/probe/fresh', () => Person.signedIn(app)],
    ['mfa_stale', '/probe/fresh', () => waited(31, Person.withApp(app))],
    ['mfa_stale', '/probe/recent', () => waited(571, Person.withApp(app))],
    ['mfa_insufficient', '/probe/phr', signedInByApp],
    ['mfa_insufficient', '/probe/methods', signedInByApp],
    ['reauthentication_required', '/probe/recent', () => waited(601, Person.signedIn(app))],
  ])('that answers %s opens %s, in the same session', async (code, path, prepare) => {
    const person = await prepare();
    const { sessionId } = person;
    expect(await new Client(person).meet(path)).toBe(code);
    await person.get(path, person.accessToken).expect(200);
    expect(person.sessionId).toBe(sessionId);
    expect(readJws(person.accessToken).payload['sid']).toBe(sessionId);
    // And it holds: a refresh takes nothing of it away.
    person.take((await person.refresh().expect(200)).body);
    await person.get(path, person.accessToken).expect(200);
  });

  describe('is asked for by @RequireRecentAuthentication()', () => {
    const refusal = async (path: string, caller: PrincipalSketch) => {
      const { status, body, headers } = await app.as(caller).get(path);
      return [status, body.code, headers['www-authenticate'], body.required];
    };
    const password = (ago: number) => aPrincipal({ acr: 'aal1', mfaEnrolled: false, mfaAgo: ago });

    it.each(['/probe/recent', '/probe/recent-controller', '/probe/recent-controller/later'])(
      'of an account without a factor: a sign-in of that age, at %s',
      async (path) => {
        await app.as(password(600)).get(path).expect(200);
        expect(await refusal(path, password(601))).toEqual([
          401,
          'reauthentication_required',
          `${STEP_UP}, max_age="600"`,
          { maxAge: 600 },
        ]);
      },
    );

    it.each(['/probe/recent', '/probe/recent-controller', '/probe/recent-controller/later'])(
      'of an account with one: that factor, at that age, at %s',
      async (path) => {
        await app
          .as(aPrincipal({ mfaAgo: 600 }))
          .get(path)
          .expect(200);
        expect(await refusal(path, aPrincipal({ mfaAgo: 601 }))).toEqual([
          401,
          'mfa_stale',
          `${STEP_UP}, acr_values="aal2", max_age="600"`,
          { acr: 'aal2', maxAge: 600 },
        ]);
        expect(await refusal(path, aPrincipal({ acr: 'aal1', mfaAgo: 0 }))).toEqual([
          401,
          'mfa_required',
          `${STEP_UP}, acr_values="aal2"`,
          { acr: 'aal2', maxAge: 600 },
        ]);
      },
    );

    it('by controller and method, the shorter age', async () => {
      const path = '/probe/recent-controller/sooner';
      await app.as(password(60)).get(path).expect(200);
      expect((await refusal(path, password(61)))[2]).toBe(`${STEP_UP}, max_age="60"`);
    });

    it('of nobody without a token', async () => {
      const { status, body } = await app.as().get('/probe/recent');
      expect([status, body.code]).toEqual([401, 'token_missing']);
    });

    it('at the enrolling of factors, by the same rule', async () => {
      const routes = routeAccessOf(app).filter(({ path }) => path.startsWith('/v1/mfa/factors'));
      const guarded = routes.filter(({ recentAuthentication }) => recentAuthentication.includes(600));
      expect(guarded.map(({ method, path }) => `${method} ${path}`)).toEqual([
        'POST /v1/mfa/factors',
        'POST /v1/mfa/factors/:id/activate',
        'GET /v1/mfa/factors/:id/qr-code',
      ]);
      // Whoever got a factor after the token was made is asked for it all the same.
      const person = await Person.signedIn(app);
      const { accessToken: before } = person;
      await person.enroll();
      await person.activate();
      const { body } = await person.post('/v1/mfa/factors', { type: 'key' }, before).expect(401);
      expect(body).toMatchObject({ code: 'mfa_required', required: { acr: 'aal2', maxAge: 600 } });
    });

    it.each([-1, 1.5, Number.NaN])('with a maxAge that is a whole number, not %d', (maxAge) => {
      expect(() => RequireRecentAuthentication({ maxAge })).toThrow(TypeError);
    });
  });

  describe('and an heir of a controller', () => {
    const all = { permissions: ['heir:base', 'heir:own'] };

    it.each(['/probe/heir/base', '/probe/heir/own'])(
      'drops nothing of what its base classes demand, by demanding something itself: %s',
      async (path) => {
        const answer = async (traits: Parameters<typeof aPrincipal>[0]) => {
          const { status, body } = await app.as(aPrincipal({ ...all, ...traits })).get(path);
          return [status, body.code];
        };
        expect(await answer({ acr: 'phr', mfaAgo: 60 })).toEqual([200, undefined]);
        expect(await answer({ acr: 'phr', mfaAgo: 61 })).toEqual([401, 'mfa_stale']);
        expect(await answer({ acr: 'aal2' })).toEqual([401, 'mfa_insufficient']);
        expect(await answer({ acr: 'aal1' })).toEqual([401, 'mfa_required']);
        expect(await answer({ acr: 'phr', permissions: ['heir:own'] })).toEqual([403, 'forbidden']);
        expect(await answer({ acr: 'phr', permissions: ['heir:base'] })).toEqual([403, 'forbidden']);
      },
    );

    it('says all of it in one challenge', async () => {
      const { headers, body } = await app.as(aPrincipal({ ...all, acr: 'phr', mfaAgo: 61 })).get('/probe/heir/own');
      expect(headers['www-authenticate']).toBe(`${STEP_UP}, acr_values="phr", max_age="60"`);
      expect(body.required).toEqual({ acr: 'phr', maxAge: 60, methods: ['hwk'] });
    });
  });

  it('is documented where it is asked for, what the controller demands included', async () => {
    const { body } = await app.as().get('/openapi.json').expect(200);
    const codes = (path: string) =>
      Object.keys(body.paths[path].get.responses['401'].content['application/problem+json'].examples as object);
    const recent = ['token_missing', 'token_invalid', 'mfa_required', 'mfa_stale', 'reauthentication_required'];
    expect(codes('/probe/recent').sort()).toEqual([...recent].sort());
    expect(codes('/probe/recent-controller/later').sort()).toEqual([...recent].sort());
    expect(body.paths['/probe/recent-controller/later'].get['x-recent-authentication']).toBe(600);
    expect(body.paths['/probe/heir/own'].get['x-required-mfa']).toEqual([{ acr: 'phr', maxAge: 60, methods: ['hwk'] }]);
    expect(codes('/probe/heir/own')).toContain('mfa_insufficient');
    expect(JSON.stringify(body)).not.toContain('-of-controller');
  });
});
