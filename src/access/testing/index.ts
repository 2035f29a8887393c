/** For the tests of domain modules: callers of every assurance without a login. Not part of the built product. */
import type { INestApplication } from '@nestjs/common';
import request, { type Test } from 'supertest';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../../platform/clock/clock';
import { TokenSettings } from '../../platform/config/settings/token.settings';
import { AccessTokenMinter } from '../access-token-minter';
import type { Acr, Principal } from '../principal';

export interface PrincipalTraits {
  readonly roles?: readonly string[];
  readonly permissions?: readonly string[];
  /** `aal2` with a TOTP code unless said. */
  readonly acr?: Acr;
  /** Seconds since the second factor was verified; 0 unless said. */
  readonly mfaAgo?: number;
  readonly userId?: string;
  /** Whether the account has a second factor; true unless said. */
  readonly mfaEnrolled?: boolean;
  /** What `AccessTokenClaims` would give, e.g. `{ tenant: 'acme' }`; none unless said. No provider is asked. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

const METHODS: Readonly<Record<Acr, readonly string[]>> = {
  aal1: ['pwd'],
  aal2: ['pwd', 'otp', 'mfa'],
  phr: ['hwk', 'user', 'mfa'],
};

/** What `tokenFor` needs to know of a caller; times are filled in from the application's clock. */
export type PrincipalSketch = Required<PrincipalTraits>;

/**
 * A caller, by default with a second factor verified just now and no roles.
 *
 * @example aPrincipal({ permissions: ['payouts:approve'], mfaAgo: 301 })
 */
export function aPrincipal(traits: PrincipalTraits = {}): PrincipalSketch {
  return {
    roles: [],
    permissions: [],
    acr: 'aal2',
    mfaAgo: 0,
    userId: uuidv7(),
    mfaEnrolled: true,
    claims: {},
    ...traits,
  };
}

/** A live access token for a caller, signed as the application signs its own. */
export function tokenFor(app: INestApplication, sketch: PrincipalSketch): string {
  const now = app.get(Clock).nowInSeconds();
  const settings = app.get(TokenSettings);
  const principal: Principal = {
    userId: sketch.userId,
    sessionId: uuidv7(),
    username: 'somebody',
    clientId: settings.clientId,
    roles: sketch.roles,
    permissions: sketch.permissions,
    acr: sketch.acr,
    amr: METHODS[sketch.acr],
    authTime: now - sketch.mfaAgo,
    mfaTime: sketch.acr === 'aal1' ? null : now - sketch.mfaAgo,
    mfaEnrolled: sketch.mfaEnrolled,
    tokenVersion: 1,
    tokenId: uuidv7(),
    issuedAt: now,
    expiresAt: now + settings.accessTokenTtl,
    claims: sketch.claims,
  };
  return app.get(AccessTokenMinter, { strict: false }).mint(principal);
}

export type HttpMethod = 'get' | 'post' | 'put' | 'patch' | 'delete';
export type Requester = Record<HttpMethod, (path: string) => Test>;

/** Requests to the application as this caller, over real HTTP; without a caller, as nobody. */
export function requestsAs(app: INestApplication, caller?: PrincipalSketch): Requester {
  const server = app.getHttpServer() as Parameters<typeof request>[0];
  const token = caller && tokenFor(app, caller);
  const send = (method: HttpMethod) => (path: string) => {
    const test = request(server)[method](path);
    return token === undefined ? test : test.set('authorization', `Bearer ${token}`);
  };
  return { get: send('get'), post: send('post'), put: send('put'), patch: send('patch'), delete: send('delete') };
}
