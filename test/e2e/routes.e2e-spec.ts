import { Controller, Get, Module, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  AccessModule,
  Public,
  RequireMfa,
  RequirePermissions,
  RequireRecentAuthentication,
  RequireRoles,
} from '../../src/access';
import { ClockModule } from '../../src/platform/clock/clock.module';
import { ErrorsModule } from '../../src/platform/errors/errors.module';
import { type RouteAccess, routeAccessOf } from '../support/route-access';
import { startTestApp, type TestApp } from '../support/test-app';

// A team's own routes are the team's own.
jest.mock('../../src/modules', () => ({ modules: [] }));

/** Every route and who may call it. A change here is a change of the contract: read it twice. */
const ROUTES = `
GET /.well-known/jwks.json                 public
GET /.well-known/oauth-authorization-server public
GET /.well-known/oauth-authorization-server/* public
GET /account                               public
GET /account/*                             public
GET /account/assets/:name                  public
GET /dev/outbox                            public, LoopbackGuard
POST /dev/totp                             public, LoopbackGuard
GET /health/live                           public
GET /health/ready                          public
GET /metrics                               public, MetricsTokenGuard
POST /oauth/introspect                     public
GET /v1/admin/audit-events                 access token, MFA {}, audit:read
GET /v1/admin/roles                        access token, MFA {"maxAge":600}, users:write
DELETE /v1/admin/roles/:name               access token, MFA {"maxAge":600}, users:write
PUT /v1/admin/roles/:name                  access token, MFA {"maxAge":600}, users:write
GET /v1/admin/signing-keys                 access token, MFA {"maxAge":600}, keys:read
POST /v1/admin/signing-keys/rotate         access token, MFA {"maxAge":600}, keys:write
GET /v1/admin/users                        access token, MFA {}, users:read
POST /v1/admin/users                       access token, MFA {"maxAge":600}, users:write
DELETE /v1/admin/users/:id                 access token, MFA {"maxAge":600}, users:write
GET /v1/admin/users/:id                    access token, MFA {}, users:read
PATCH /v1/admin/users/:id                  access token, MFA {"maxAge":600}, users:write
POST /v1/admin/users/:id/mfa/reset         access token, MFA {"maxAge":600}, users:write
POST /v1/admin/users/:id/password/reset    access token, MFA {"maxAge":600}, users:write
POST /v1/admin/users/:id/sessions/revoke   access token, MFA {"maxAge":600}, users:write
POST /v1/admin/users/:id/unlock            access token, MFA {"maxAge":600}, users:write
POST /v1/auth/login                        public, SignInOriginGuard
POST /v1/auth/logout                       public
POST /v1/auth/passkey/login                public, SignInOriginGuard
POST /v1/auth/passkey/options              public
POST /v1/auth/password/forgot              public
POST /v1/auth/password/reset               public
POST /v1/auth/reauthenticate               access token, SignInOriginGuard
POST /v1/auth/refresh                      public, SignInOriginGuard
POST /v1/auth/register                     public
POST /v1/mfa/challenges                    access or MFA token
POST /v1/mfa/challenges/:id/verify         access or MFA token, SignInOriginGuard
GET /v1/mfa/factors                        access or MFA token
POST /v1/mfa/factors                       access or MFA token, within 600 s
DELETE /v1/mfa/factors/:id                 access token, MFA {"maxAge":600}
PATCH /v1/mfa/factors/:id                  access token
POST /v1/mfa/factors/:id/activate          access or MFA token, within 600 s, SignInOriginGuard
GET /v1/mfa/factors/:id/qr-code            access or MFA token, within 600 s
GET /v1/mfa/recovery-codes                 access token
POST /v1/mfa/recovery-codes                access token, MFA {"maxAge":600}
GET /v1/payouts                            access token, MFA {}
POST /v1/payouts                           access token, MFA {"maxAge":300}
POST /v1/payouts/:id/approve               access token, MFA {"maxAge":300}, payouts:approve
GET /v1/payouts/limits                     access token
DELETE /v1/sessions                        access token
GET /v1/sessions                           access token
DELETE /v1/sessions/:id                    access token
DELETE /v1/users/me                        access token, within 600 s
GET /v1/users/me                           access token
PATCH /v1/users/me                         access token
PUT /v1/users/me/email                     access token, within 600 s
POST /v1/users/me/email/verification       access token
POST /v1/users/me/email/verify             access token
GET /v1/users/me/events                    access token
PUT /v1/users/me/password                  access token
PUT /v1/users/me/phone                     access token, within 600 s
POST /v1/users/me/phone/verification       access token
POST /v1/users/me/phone/verify             access token
`.trim();

/** What the router serves beside controllers: the documentation, and the answer to CORS preflights. */
const BESIDE_CONTROLLERS = /^\/(docs(\/.*)?|docs-json|openapi\.json)$|^\*$/;

describe('Routes', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  it('ask for exactly the access that this list says', () => {
    expect(routeAccessOf(app).map(inOneLine).join('\n')).toBe(ROUTES);
  });

  it('are all in that list: the router knows no others', () => {
    const listed = new Set(routeAccessOf(app).map(({ method, path }) => `${method} ${path}`));
    const others = app.routes
      .map((route) => route.replace(/^HEAD /, 'GET ')) // Fastify answers HEAD wherever it answers GET.
      .filter((route) => !listed.has(route) && !BESIDE_CONTROLLERS.test(route.split(' ')[1]!));
    expect(others).toEqual([]);
  });

  it('each hold one kind of access only', () => {
    for (const { isPublic, acceptsMfaToken, guards, method, path } of routeAccessOf(app)) {
      const demands = guards.filter((name) => DEMANDS_OF_PRINCIPALS.includes(name));
      // MfaGuard needs a principal: on a public route, or under an MFA token, it could only fail.
      expect([method, path, isPublic || acceptsMfaToken ? demands : []]).toEqual([method, path, []]);
    }
  });
});

describe('Declarations that stop the start', () => {
  it.each<[string, () => ModuleMetadata, RegExp]>([
    ['a permission that nobody registered, on a method', () => ({ controllers: [OfUnknownMethod] }), /things:unknown/],
    [
      'a permission that nobody registered, on a controller',
      () => ({ controllers: [OfUnknownClass] }),
      /things:unknown/,
    ],
    ['a role that nobody brings along, on a method', () => ({ controllers: [OfUnknownRole] }), /unknown role jester/],
    [
      'a role that nobody brings along, on a base class',
      () => ({ controllers: [HeirOfUnknownRole] }),
      /HeirOfUnknownRole demands the unknown role fool/,
    ],
    ['a role on a public route', () => ({ controllers: [RoleOfNobody] }), /RoleOfNobody/],
    ['a recent authentication on a public route', () => ({ controllers: [OfNobody] }), /OfNobody/],
    [
      'a permission registered twice',
      () => ({
        imports: [
          feature({ permissions: { 'things:read': 'One' } }),
          feature({ permissions: { 'things:read': 'Two' } }),
        ],
      }),
      /things:read is registered twice/,
    ],
    [
      'a permission that is not of the form things:verb',
      () => ({ imports: [feature({ permissions: { readThings: 'No' } })] }),
      /readThings/,
    ],
    [
      'an error code registered twice',
      () => ({
        imports: [
          feature({ errors: { thing_gone: { status: 409, title: 'One' } } }),
          feature({ errors: { thing_gone: { status: 410, title: 'Two' } } }),
        ],
      }),
      /thing_gone is registered twice/,
    ],
    [
      'an error code of the contract under another meaning',
      () => ({ imports: [feature({ errors: { token_invalid: { status: 400, title: 'No' } } })] }),
      /token_invalid is registered twice/,
    ],
    [
      'an error code that is no error',
      () => ({ imports: [feature({ errors: { thing_fine: { status: 200, title: 'No' } } })] }),
      /thing_fine/,
    ],
    [
      'an error code that is not snake_case',
      () => ({ imports: [feature({ errors: { thingGone: { status: 409, title: 'No' } } })] }),
      /thingGone/,
    ],
  ])('%s', async (_, metadata, message) => {
    await expect(start(metadata())).rejects.toThrow(message);
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('@RequireMfa({ maxAge: %d })', (maxAge) => {
    expect(() => RequireMfa({ maxAge })).toThrow(TypeError);
  });

  it('@Public() on a controller', () => {
    class OpenController {
      name = 'open';
    }
    expect(() => {
      (Public() as ClassDecorator)(OpenController);
    }).toThrow('OpenController: @Public() belongs on methods');
  });

  it('and only those: what is registered starts', async () => {
    const permissions = { 'things:unknown': 'Known after all' };
    const imports = [feature({ permissions, roles: { jester: [], fool: ['things:unknown'] } })];
    const controllers = [OfUnknownMethod, OfUnknownClass, OfUnknownRole, HeirOfUnknownRole];
    const module = await start({ imports, controllers });
    await module.close();
  });
});

@Controller('of-unknown-method')
class OfUnknownMethod {
  @RequirePermissions('things:unknown')
  @Get()
  get(): void {
    return;
  }
}

@RequirePermissions('things:unknown')
@Controller('of-unknown-class')
class OfUnknownClass {
  @Get()
  get(): void {
    return;
  }
}

@Controller('of-unknown-role')
class OfUnknownRole {
  @RequireRoles('jester')
  @Get()
  get(): void {
    return;
  }
}

@RequireRoles('fool')
class OfUnknownRoleBase {
  @Get()
  get(): void {
    return;
  }
}

@Controller('heir-of-unknown-role')
class HeirOfUnknownRole extends OfUnknownRoleBase {}

@Controller('role-of-nobody')
class RoleOfNobody {
  @RequireRoles('admin')
  @Public()
  @Get()
  get(): void {
    return;
  }
}

@Controller('of-nobody')
class OfNobody {
  @RequireRecentAuthentication({ maxAge: 60 })
  @Public()
  @Get()
  get(): void {
    return;
  }
}

function feature(options: Parameters<typeof AccessModule.forFeature>[0]) {
  @Module({ imports: [AccessModule.forFeature(options)] })
  class FeatureModule {}
  return FeatureModule;
}

/** The access part of the application alone: what is checked at start needs no more. */
async function start({ imports = [], ...metadata }: ModuleMetadata) {
  const module = await Test.createTestingModule({
    imports: [ClockModule, ErrorsModule, AccessModule, ...imports],
    ...metadata,
  }).compile();
  return module.init();
}

const DEMANDS_OF_PRINCIPALS = ['MfaGuard', 'PermissionsGuard', 'RolesGuard'];
const DEMANDS = [...DEMANDS_OF_PRINCIPALS, 'RecentAuthenticationGuard'];

function inOneLine({ method, path, isPublic, acceptsMfaToken, guards, ...demands }: RouteAccess): string {
  const who = isPublic ? 'public' : acceptsMfaToken ? 'access or MFA token' : 'access token';
  const other = guards.filter((name) => !DEMANDS.includes(name));
  const recently = demands.recentAuthentication.map((seconds) => `within ${seconds} s`);
  const needs = guards.includes('MfaGuard') ? [`MFA ${demands.mfa.map((each) => JSON.stringify(each)).join(' ')}`] : [];
  const roles = demands.roles.map((role) => `role ${role}`);
  const says = [who, ...needs, ...recently, ...demands.permissions, ...roles, ...other].join(', ');
  return `${`${method} ${path}`.padEnd(42)} ${says}`;
}
