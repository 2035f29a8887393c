import { Controller, Get, Module, Post, UseGuards } from '@nestjs/common';
import { generateKeyPairSync } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import {
  AccessModule,
  CurrentPrincipal,
  MfaGuard,
  type Principal,
  RequireMfa,
  RequirePermissions,
  RequireRoles,
} from '../../src/access';
import { PermissionsGuard } from '../../src/access/permissions.guard';
import { RolesGuard } from '../../src/access/roles.guard';
import { aPrincipal, type PrincipalSketch, tokenFor } from '../../src/access/testing';
import { SigningKeyRing } from '../../src/tokens/signing-keys/signing-key-ring';
import { Accounts } from '../../src/users/accounts/accounts.store';
import { es256, jws, readJws } from '../support/jws';
import { Person } from '../support/person';
import { routeAccessOf } from '../support/route-access';
import { grant } from '../support/staff';
import { startTestApp, type TestApp } from '../support/test-app';

const SOME_ID = '019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11';
const PASSWORD_ONLY = aPrincipal({ acr: 'aal1' });
const NOT_ENROLLED = aPrincipal({ acr: 'aal1', mfaEnrolled: false });

@UseGuards(MfaGuard)
@Controller('probe/bare')
class BareController {
  @Get()
  get(@CurrentPrincipal() { userId }: Principal): object {
    return { userId };
  }
}

@RequireMfa({ maxAge: 600 })
@Controller('probe/both')
class BothController {
  @Get()
  get(): object {
    return {};
  }

  @RequireMfa({ acr: 'phr' })
  @Get('phr')
  phishingResistant(): object {
    return {};
  }

  @RequireMfa({ maxAge: 3600 })
  @Get('laxer')
  laxer(): object {
    return {};
  }
}

@Controller('probe')
class ProbeController {
  @RequireMfa({ acr: 'phr', maxAge: 60 })
  @Get('phr')
  phr(): object {
    return {};
  }

  @RequireMfa({ acr: 'aal1' })
  @Get('aal1')
  aal1(): object {
    return {};
  }

  @RequireMfa({ methods: ['hwk', 'sms'] })
  @Get('methods')
  methods(): object {
    return {};
  }

  @RequireMfa({ maxAge: 0 })
  @Get('now')
  rightNow(): object {
    return {};
  }
}

@RequirePermissions('probe:one')
@Controller('probe/permissions')
class PermissionsController {
  @Get()
  one(): object {
    return {};
  }

  @RequirePermissions('probe:two', 'probe:three')
  @Post()
  all(): object {
    return {};
  }
}

@RequirePermissions('probe:one')
@RequireMfa()
@Controller('probe/permission-and-factor')
class PermissionAndFactorController {
  @Get()
  get(): object {
    return {};
  }
}

@RequirePermissions('payouts:approve')
@RequireMfa({ maxAge: 60 })
class GuardedBase {
  @Get()
  get(): object {
    return {};
  }
}

@Controller('probe/heir')
class HeirController extends GuardedBase {
  @Get('own')
  own(): object {
    return {};
  }
}

@RequireRoles('prober')
class RoleBase {
  @RequireRoles('judge')
  @Get('judged')
  judged(): object {
    return {};
  }
}

@RequireRoles('auditor')
@Controller('probe/roles')
class RolesController extends RoleBase {
  @Get()
  get(): object {
    return {};
  }
}

@UseGuards(RolesGuard)
@Controller('probe/no-role')
class NoRoleController {
  @Get()
  get(): object {
    return {};
  }
}

@UseGuards(PermissionsGuard)
@Controller('probe/no-permission')
class NoPermissionController {
  @Get()
  get(): object {
    return {};
  }
}

@Module({
  imports: [
    AccessModule.forFeature({
      permissions: { 'probe:one': 'One', 'probe:two': 'Two', 'probe:three': 'Three' },
      roles: { prober: ['probe:one'], judge: [] },
    }),
  ],
  controllers: [
    ...[BareController, BothController, ProbeController, PermissionsController, PermissionAndFactorController],
    ...[HeirController, NoPermissionController, RolesController, NoRoleController],
  ],
})
class ProbeModule {}

describe('Guards', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ imports: [ProbeModule] });
  });
  afterAll(() => app.close());

  /** What a refusal is: status, code, challenge, `required`. */
  async function refusal(method: 'get' | 'post', path: string, caller?: PrincipalSketch) {
    const { status, body, headers } = await app.as(caller)[method](path);
    return [status, body.code, headers['www-authenticate'], body.required];
  }
  const STEP_UP = 'Bearer realm="countersign", error="insufficient_user_authentication"';

  describe('answer', () => {
    it('no token', async () => {
      const expected = [401, 'token_missing', 'Bearer realm="countersign"', undefined];
      expect(await refusal('get', '/v1/users/me')).toEqual(expected);
      expect(await refusal('get', '/probe/bare')).toEqual(expected);
      expect(await refusal('get', '/probe/permissions')).toEqual(expected);
    });

    it('no fresh second factor, where the account has one', async () => {
      const expected = [401, 'mfa_required', `${STEP_UP}, acr_values="aal2"`, { acr: 'aal2' }];
      expect(await refusal('get', '/v1/payouts', PASSWORD_ONLY)).toEqual(expected);
      expect(await refusal('get', '/probe/bare', PASSWORD_ONLY)).toEqual(expected);
      expect(await refusal('get', '/probe/aal1', PASSWORD_ONLY)).toEqual(expected);
    });

    it('no second factor, where the account has none', async () => {
      const expected = [401, 'mfa_enrollment_required', `${STEP_UP}, acr_values="aal2"`, { acr: 'aal2' }];
      expect(await refusal('get', '/v1/payouts', NOT_ENROLLED)).toEqual(expected);
      expect(await refusal('get', '/probe/bare', NOT_ENROLLED)).toEqual(expected);
    });

    it('verified too long ago', async () => {
      const stale = aPrincipal({ mfaAgo: 601 });
      expect(await refusal('get', '/probe/both', stale)).toEqual([
        401,
        'mfa_stale',
        `${STEP_UP}, acr_values="aal2", max_age="600"`,
        { acr: 'aal2', maxAge: 600 },
      ]);
      await app
        .as(aPrincipal({ mfaAgo: 600 }))
        .get('/probe/both')
        .expect(200);
      expect(await refusal('post', '/v1/payouts', aPrincipal({ mfaAgo: 301 }))).toEqual([
        401,
        'mfa_stale',
        `${STEP_UP}, acr_values="aal2", max_age="300"`,
        { acr: 'aal2', maxAge: 300 },
      ]);
    });

    it('max_age 0 lets in who verified this very second', async () => {
      await app.as(aPrincipal()).get('/probe/now').expect(200);
      expect((await refusal('get', '/probe/now', aPrincipal({ mfaAgo: 1 })))[1]).toBe('mfa_stale');
    });

    it('a stronger kind is demanded', async () => {
      expect(await refusal('get', '/probe/phr', aPrincipal())).toEqual([
        401,
        'mfa_insufficient',
        `${STEP_UP}, acr_values="phr"`,
        { acr: 'phr', maxAge: 60 },
      ]);
      await app
        .as(aPrincipal({ acr: 'phr' }))
        .get('/probe/phr')
        .expect(200);
      expect((await refusal('get', '/probe/phr', aPrincipal({ acr: 'phr', mfaAgo: 61 })))[1]).toBe('mfa_stale');
    });

    it('another method is demanded', async () => {
      expect(await refusal('get', '/probe/methods', aPrincipal())).toEqual([
        401,
        'mfa_insufficient',
        `${STEP_UP}, acr_values="aal2"`,
        { acr: 'aal2', methods: ['hwk', 'sms'] },
      ]);
      await app
        .as(aPrincipal({ acr: 'phr' }))
        .get('/probe/methods')
        .expect(200);
    });

    it('last authentication too long ago, where the account has no factor', async () => {
      const plain = await Person.signedIn(app);
      const userId = readJws(plain.accessToken).payload['sub'] as string;
      const token = tokenFor(app.nest, aPrincipal({ acr: 'aal1', mfaEnrolled: false, userId, mfaAgo: 601 }));
      const { body, headers } = await plain.post('/v1/mfa/factors', { type: 'totp' }, token).expect(401);
      expect(body).toMatchObject({ code: 'reauthentication_required', required: { maxAge: 600 } });
      expect(body.required).toEqual({ maxAge: 600 });
      expect(headers['www-authenticate']).toBe(`${STEP_UP}, max_age="600"`);
    });

    it('permission missing, naming all that the route needs', async () => {
      const challenge = 'Bearer realm="countersign", error="insufficient_scope"';
      expect(await refusal('get', '/probe/permissions', aPrincipal())).toEqual([
        403,
        'forbidden',
        challenge,
        { permissions: ['probe:one'] },
      ]);
      const some = aPrincipal({ permissions: ['probe:two', 'probe:three'] });
      expect(await refusal('post', '/probe/permissions', some)).toEqual([
        403,
        'forbidden',
        challenge,
        { permissions: ['probe:one', 'probe:two', 'probe:three'] },
      ]);
      const all = aPrincipal({ permissions: ['probe:one', 'probe:two', 'probe:three'] });
      await app.as(all).post('/probe/permissions').expect(201);
    });

    it.each([['probe:one '], ['PROBE:ONE'], ['probe:*'], ['*'], ['probe:'], ['probe:oneself']])(
      'permission missing also to who has %s',
      async (...permissions) => {
        await app.as(aPrincipal({ permissions })).get('/probe/permissions').expect(403);
      },
    );
  });

  it('count what controller and method demand, both', async () => {
    await app
      .as(aPrincipal({ acr: 'phr', mfaAgo: 600 }))
      .get('/probe/both/phr')
      .expect(200);
    expect((await refusal('get', '/probe/both/phr', aPrincipal({ acr: 'phr', mfaAgo: 601 })))[1]).toBe('mfa_stale');
    expect((await refusal('get', '/probe/both/phr', aPrincipal()))[1]).toBe('mfa_insufficient');
    expect((await refusal('get', '/probe/both/laxer', aPrincipal({ mfaAgo: 601 })))[1]).toBe('mfa_stale');
  });

  it('ask for the second factor before they speak of permissions', async () => {
    const path = '/probe/permission-and-factor';
    expect((await refusal('get', path, PASSWORD_ONLY))[1]).toBe('mfa_required');
    expect((await refusal('get', path, aPrincipal()))[1]).toBe('forbidden');
    await app
      .as(aPrincipal({ permissions: ['probe:one'] }))
      .get(path)
      .expect(200);
  });

  it.each(['/probe/heir', '/probe/heir/own'])('count what the base class of a controller demands: %s', async (path) => {
    const permissions = ['payouts:approve'];
    expect((await refusal('get', path))[1]).toBe('token_missing');
    expect((await refusal('get', path, aPrincipal({ acr: 'aal1', permissions })))[1]).toBe('mfa_required');
    expect(await refusal('get', path, aPrincipal({ mfaAgo: 61, permissions }))).toEqual([
      401,
      'mfa_stale',
      `${STEP_UP}, acr_values="aal2", max_age="60"`,
      { acr: 'aal2', maxAge: 60 },
    ]);
    expect(await refusal('get', path, aPrincipal({ mfaAgo: 60 }))).toEqual([
      403,
      'forbidden',
      'Bearer realm="countersign", error="insufficient_scope"',
      { permissions },
    ]);
    await app
      .as(aPrincipal({ mfaAgo: 60, permissions }))
      .get(path)
      .expect(200);
  });

  it('let nobody in where permissions are guarded but none is named', async () => {
    const all = ['probe:one', 'probe:two', 'probe:three', 'payouts:approve'];
    for (const permissions of [[], all]) {
      expect((await refusal('get', '/probe/no-permission', aPrincipal({ permissions })))[0]).toBe(500);
    }
  });

  describe('role missing', () => {
    const challenge = 'Bearer realm="countersign", error="insufficient_scope"';

    it('names all that controller, base class and method need', async () => {
      expect((await refusal('get', '/probe/roles'))[1]).toBe('token_missing');
      const required = { roles: ['prober', 'auditor'] };
      for (const roles of [[], ['prober'], ['auditor', 'judge', 'admin']]) {
        const expected = [403, 'forbidden', challenge, required];
        expect(await refusal('get', '/probe/roles', aPrincipal({ roles }))).toEqual(expected);
      }
      await app
        .as(aPrincipal({ roles: ['user', 'auditor', 'prober'] }))
        .get('/probe/roles')
        .expect(200);
      const judged = '/probe/roles/judged';
      expect(await refusal('get', judged, aPrincipal({ roles: ['auditor', 'prober'] }))).toEqual([
        403,
        'forbidden',
        challenge,
        { roles: ['prober', 'auditor', 'judge'] },
      ]);
      await app
        .as(aPrincipal({ roles: ['judge', 'auditor', 'prober'] }))
        .get(judged)
        .expect(200);
    });

    it.each([['prober '], ['PROBER'], ['probers'], ['*'], ['probe']])('also to who has %s', async (role) => {
      await app
        .as(aPrincipal({ roles: ['auditor', role] }))
        .get('/probe/roles')
        .expect(403);
    });

    it('also to who has only the permission that the role includes', async () => {
      const permissions = ['probe:one', 'audit:read', 'users:read'];
      await app.as(aPrincipal({ permissions })).get('/probe/roles').expect(403);
    });

    it('to everybody where roles are guarded but none is named', async () => {
      for (const roles of [[], ['admin', 'prober']]) {
        expect((await refusal('get', '/probe/no-role', aPrincipal({ roles })))[0]).toBe(500);
      }
    });
  });

  it('hand the caller of the token to the controller', async () => {
    const caller = aPrincipal();
    await app.as(caller).get('/probe/bare').expect(200, { userId: caller.userId });
  });

  it('validate a token before they say what it lacks', async () => {
    const key = app.nest.get(SigningKeyRing, { strict: false }).active;
    const weak = readJws(tokenFor(app.nest, NOT_ENROLLED)).payload;
    const header = { typ: 'at+jwt', alg: 'ES256', kid: key.kid };
    const strange = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const tokens = [
      jws(header, { ...weak, exp: app.clock.nowInSeconds() }, es256(key.privateKey)),
      jws(header, { ...weak, aud: 'others' }, es256(key.privateKey)),
      jws(header, weak, es256(strange)),
      'nonsense',
    ];
    const person = new Person(app);
    for (const token of tokens) {
      for (const path of ['/probe/bare', '/probe/permissions', '/probe/phr', '/v1/payouts']) {
        const { body, headers } = await person.get(path, token).expect(401);
        expect(body.code).toBe('token_invalid');
        expect(body).not.toHaveProperty('required');
        expect(headers['www-authenticate']).toBe('Bearer realm="countersign", error="invalid_token"');
      }
    }
  });

  describe('take no other token for an access token', () => {
    const guarded = () => routeAccessOf(app).filter(({ isPublic }) => !isPublic);
    const call = (method: string, path: string, token: string) =>
      new Person(app).send(method.toLowerCase() as 'get', path.replace(':id', SOME_ID), token);

    it('no MFA token of purpose verify', async () => {
      const person = await Person.withApp(app);
      await person.login();
      for (const { method, path, acceptsMfaToken } of guarded()) {
        const { status, body } = await call(method, path, person.mfaToken).send({});
        if (!acceptsMfaToken) expect([method, path, status, body.code]).toEqual([method, path, 401, 'token_invalid']);
      }
      await person.get('/v1/mfa/factors', person.mfaToken).expect(200);
      expect((await person.post('/v1/mfa/factors', { type: 'totp' }, person.mfaToken).expect(403)).body.code).toBe(
        'forbidden',
      );
      await person.get('/probe/bare', person.mfaToken).expect(401);
    });

    it('no MFA token of purpose enroll', async () => {
      const admin = await Person.registered(app);
      await grant(app, (await app.nest.get(Accounts, { strict: false }).findIdByIdentifier(admin.username))!, 'admin');
      expect((await admin.login()).body.status).toBe('mfa_enrollment_required');
      for (const { method, path, acceptsMfaToken } of guarded()) {
        const { status, body } = await call(method, path, admin.mfaToken).send({});
        if (!acceptsMfaToken) expect([method, path, status, body.code]).toEqual([method, path, 401, 'token_invalid']);
      }
      await admin.post('/v1/mfa/challenges', {}, admin.mfaToken).expect(403);
      await admin.post('/v1/mfa/factors', { type: 'totp' }, admin.mfaToken).expect(201);
    });

    it('no refresh token', async () => {
      const person = await Person.signedIn(app);
      for (const { method, path } of guarded()) {
        const { status, body } = await call(method, path, person.refreshToken).send({});
        expect([method, path, status, body.code]).toEqual([method, path, 401, 'token_invalid']);
      }
    });

    it('and the access token opens no challenge of another', async () => {
      const [mine, theirs] = [await Person.withApp(app), await Person.withApp(app)];
      const id = await mine.challenge(mine.accessToken);
      const refused = await theirs.verify(id, mine.authenticator.code(), theirs.accessToken).expect(400);
      expect(refused.body.code).toBe('challenge_expired');
      await mine.verify(id, mine.authenticator.code(), mine.accessToken).expect(200);
    });
  });

  describe('stand before every spelling of a path', () => {
    /** As typed: no client library tidies the path up. */
    const raw = (method: string, path: string, headers: Record<string, string> = {}) =>
      new Promise<{ status: number; text: string }>((resolve, reject) => {
        const { hostname, port } = new URL(app.url);
        httpRequest({ hostname, port, method, path, headers }, (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('end', () => {
            resolve({ status: response.statusCode ?? 0, text });
          });
        })
          .on('error', reject)
          .end();
      });

    it.each([
      ...['//v1/payouts', '/v1//payouts', '/v1/payouts/', '/v1/payouts//', '/v1/payouts/.', '/v1/./payouts'],
      ...['/v1/x/../payouts', '/V1/payouts', '/v1/PAYOUTS', '/v1/%70ayouts', '/%761/payouts', '/v1%2Fpayouts'],
      ...['/v1/payouts%2F', '/v1/payouts;x=1', '/v1/payouts%00', '/v1/payouts%20', '/v1/payouts?', '/v1/payouts?a=b'],
      ...['/v1/payouts#x', '/v1/p%2561youts', '/v1/payouts%0d%0a', '/v1\\payouts', 'http://localhost/v1/payouts'],
    ])('%s', async (path) => {
      const weak = { authorization: `Bearer ${tokenFor(app.nest, PASSWORD_ONLY)}` };
      for (const headers of [{}, weak]) {
        const { status, text } = await raw('GET', path, headers);
        expect([400, 401, 404]).toContain(status);
        expect(text).not.toContain('items');
      }
    });

    it('and before HEAD as before GET', async () => {
      const authorization = (caller: PrincipalSketch) => ({ authorization: `Bearer ${tokenFor(app.nest, caller)}` });
      expect(await raw('HEAD', '/v1/payouts')).toEqual({ status: 401, text: '' });
      expect(await raw('HEAD', '/v1/payouts', authorization(PASSWORD_ONLY))).toEqual({ status: 401, text: '' });
      expect(await raw('HEAD', '/v1/payouts', authorization(aPrincipal({ claims: { tenant: 'default' } })))).toEqual({
        status: 200,
        text: '',
      });
    });

    it('and no header makes one method into another', async () => {
      for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
        const { status } = await raw('GET', '/v1/payouts/limits', { [name]: 'OPTIONS' });
        expect(status).toBe(401);
      }
      const rewritten = await raw('GET', '/v1/payouts', {
        'x-original-url': '/health/live',
        'x-rewrite-url': '/health/live',
      });
      expect(rewritten.status).toBe(401);
    });

    it('and OPTIONS tells nothing of what lies behind', async () => {
      expect((await raw('OPTIONS', '/v1/payouts')).text).not.toContain('items');
    });
  });
});
