import { Controller, Get, Injectable, Module, type ModuleMetadata, Scope } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { EntityManager } from 'typeorm';
import {
  AccessModule,
  AccessTokenClaims,
  type ClaimsSubject,
  CurrentPrincipal,
  type Principal,
} from '../../src/access';
import { aPrincipal } from '../../src/access/testing';
import { ClockModule } from '../../src/platform/clock/clock.module';
import { ErrorsModule } from '../../src/platform/errors/errors.module';
import { readJws } from '../support/jws';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(60_000); // many requests a test, on a busy machine

type Give = (subject: ClaimsSubject, tx: EntityManager) => unknown;

let give: Give = () => ({});
const asked: ClaimsSubject[] = [];

@Injectable()
class PlanClaims extends AccessTokenClaims {
  override readonly names = ['plan', 'seats'];

  override claimsFor(subject: ClaimsSubject, tx: EntityManager) {
    asked.push(subject);
    return give(subject, tx) as Record<string, unknown>;
  }
}

@Controller('plan')
class PlanController {
  @Get()
  plan(@CurrentPrincipal() { claims }: Principal) {
    const parts = [claims, claims['seats']];
    return { claims, isFrozen: parts.every((part) => Object.isFrozen(part)) };
  }
}

@Module({ controllers: [PlanController], providers: [PlanClaims] })
class PlanModule {}

describe('Claims of a module', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off' }, imports: [PlanModule] });
  });
  afterAll(() => app.close());
  beforeEach(() => {
    give = () => ({});
    asked.length = 0;
  });

  it('are in every token, and a controller reads them', async () => {
    give = () => Promise.resolve({ plan: 'pro', seats: { used: [1, 2] } });
    const ada = await Person.signedIn(app);
    expect(readJws(ada.accessToken).payload).toMatchObject({ plan: 'pro', seats: { used: [1, 2] } });
    const { body } = await ada.get('/plan', ada.accessToken).expect(200);
    // `tenant` is the sample module's.
    expect(body).toEqual({ claims: { plan: 'pro', seats: { used: [1, 2] }, tenant: 'default' }, isFrozen: true });
    const { sub, sid } = readJws(ada.accessToken).payload;
    expect(asked).toEqual([{ userId: sub, sessionId: sid, roles: ['user'] }]);
  });

  it('are asked for each time: at login, refresh, reauthentication, activation and verification', async () => {
    let mints = 0;
    give = () => ({ plan: `plan-${++mints}` });
    const planOf = (token: string) => readJws(token).payload['plan'];
    const ada = await Person.signedIn(app);
    expect(planOf(ada.accessToken)).toBe('plan-1');
    ada.take((await ada.refresh().expect(200)).body);
    expect(planOf(ada.accessToken)).toBe('plan-2');
    ada.take((await ada.reauthenticate().expect(200)).body);
    expect(planOf(ada.accessToken)).toBe('plan-3');
    await ada.enroll();
    await ada.activate();
    expect(planOf(ada.accessToken)).toBe('plan-4');
    app.clock.advance(30);
    await ada.loginWithApp();
    expect(planOf(ada.accessToken)).toBe('plan-5'); // none for the half sign-in: an MFA token has no claims of modules
    expect(mints).toBe(5);
  });

  it('may be left out', async () => {
    const ada = await Person.signedIn(app);
    expect(readJws(ada.accessToken).payload).not.toHaveProperty('plan');
  });

  it('are what a test says, without a provider', async () => {
    const { body } = await app
      .as(aPrincipal({ claims: { plan: 'free', seats: [] } }))
      .get('/plan')
      .expect(200);
    expect(body).toEqual({ claims: { plan: 'free', seats: [] }, isFrozen: true });
    expect((await app.as(aPrincipal()).get('/plan').expect(200)).body.claims).toEqual({});
  });

  const FAILURES: [string, Give, RegExp][] = [
    [
      'an error',
      () => {
        throw new Error('the billing system is down');
      },
      /the billing system is down/,
    ],
    ['a rejection', () => Promise.reject(new Error('the billing system is late')), /the billing system is late/],
    ['a failed query', (_, tx) => tx.query('SELECT * FROM no_such_table'), /no_such_table/],
    ['a claim that was not declared', () => ({ plan: 'pro', tier: 1 }), /Claim tier is not among the declared names/],
    ['a claim of ours', () => ({ acr: 'phr' }), /Claim acr is not among the declared names/],
    ['more than 1 KiB', () => ({ plan: 'x'.repeat(1024) }), /room for 1024/],
    ['something that is no JSON', () => ({ plan: new Date(0) }), /Claim plan is not JSON/],
    ['a claim that is undefined', () => ({ plan: undefined }), /Claim plan is not JSON/],
    ['nothing', () => undefined, /plain object/],
  ];

  describe.each(FAILURES)('by a provider that gives %s', (_, failure, cause) => {
    /** Neutral outside, with the cause in the log. */
    async function unavailable(test: ReturnType<Person['post']>): Promise<void> {
      app.log.length = 0;
      give = failure;
      const { text } = await refused(test, 503, 'unavailable');
      give = () => ({ plan: 'pro' });
      expect(text).not.toMatch(cause);
      expect(text).not.toMatch(/eyJ|csr_/);
      expect(app.log.join('\n')).toMatch(cause);
    }

    it('end no login with a token, and leave no session', async () => {
      const ada = await Person.registered(app);
      await unavailable(ada.post('/v1/auth/login', { identifier: ada.username, password: ada.password }));
      await ada.login();
      const { items } = (await ada.get('/v1/sessions', ada.accessToken).expect(200)).body;
      expect(items).toHaveLength(1);
    });

    it('use up no refresh token', async () => {
      give = () => ({ plan: 'pro' });
      const ada = await Person.signedIn(app);
      await unavailable(ada.refresh());
      app.clock.advance(31); // past the grace of a token that was used
      const { body } = await ada.refresh().expect(200);
      expect(readJws(body.accessToken as string).payload).toMatchObject({ plan: 'pro' });
    });
  });

  it('use up no code and no challenge when they fail', async () => {
    const ada = await Person.withApp(app);
    await ada.login();
    const challenge = await ada.challenge();
    const code = ada.authenticator.code();
    give = () => ({ unknown: true });
    await refused(ada.verify(challenge, code), 503, 'unavailable');
    give = () => ({ plan: 'pro' });
    const { body } = await ada.verify(challenge, code).expect(200);
    expect(readJws(body.accessToken as string).payload).toMatchObject({ plan: 'pro' });
  });

  it('are asked for again where the database asks for the work again', async () => {
    const ada = await Person.registered(app);
    let times = 0;
    give = async (_, tx) => {
      if (++times === 1) await tx.query(`DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$`);
      return { plan: 'pro' };
    };
    await ada.login();
    expect(times).toBe(2);
  });
});

describe('An access token that nobody would accept for its length', () => {
  it('is not minted, and the log says why', async () => {
    const app = await startTestApp({ env: { DOCS: 'off', AUDIENCE: `countersign,${'x'.repeat(7000)}` } });
    try {
      const ada = await Person.registered(app);
      const login = ada.post('/v1/auth/login', { identifier: ada.username, password: ada.password });
      const { text } = await refused(login, 503, 'unavailable');
      expect(text).not.toContain('8192');
      expect(app.log.join('\n')).toMatch(/access token of \d+ characters is longer than 8192/);
    } finally {
      await app.close();
    }
  });
});

describe('Claims that stop the start', () => {
  const claimsNamed = (...names: string[]) => {
    @Injectable()
    class SomeClaims extends AccessTokenClaims {
      override readonly names = names;
      override claimsFor = () => ({});
    }
    return SomeClaims;
  };

  async function start(metadata: ModuleMetadata): Promise<void> {
    const module = await Test.createTestingModule({
      imports: [ClockModule, ErrorsModule, AccessModule],
      ...metadata,
    }).compile();
    await module.init();
    await module.close();
  }

  it.each(['sub', 'acr', 'amr', 'mfa_time', 'exp', 'roles', 'email', 'scope'])(
    '%s, which is reserved',
    async (name) => {
      await expect(start({ providers: [claimsNamed('plan', name)] })).rejects.toThrow(
        `SomeClaims cannot give the claim "${name}": it is reserved`,
      );
    },
  );

  it('what is no name', async () => {
    await expect(start({ providers: [claimsNamed('')] })).rejects.toThrow(/it is not a name/);
  });

  it('one that two providers give, or one gives twice', async () => {
    await expect(start({ providers: [claimsNamed('plan'), claimsNamed('seats', 'plan')] })).rejects.toThrow(
      'SomeClaims and SomeClaims both give the claim "plan"',
    );
    await expect(start({ providers: [claimsNamed('plan', 'plan')] })).rejects.toThrow(/both give the claim "plan"/);
  });

  it('a provider that is made for each request', async () => {
    const provider = { provide: 'claims', useClass: claimsNamed('plan'), scope: Scope.REQUEST };
    await expect(start({ providers: [provider] })).rejects.toThrow(/must be one for all requests/);
  });

  it('and only those: the same one under two tokens is one', async () => {
    const One = claimsNamed('plan');
    await start({ providers: [One, { provide: 'again', useExisting: One }] });
  });
});
