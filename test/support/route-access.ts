import { RequestMethod, type Type } from '@nestjs/common';
import { GUARDS_METADATA, METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { AssuranceRequirement } from '../../src/access/assurance';
import { ACCEPTS_MFA_TOKEN, ASSURANCE, PERMISSIONS, RECENT_AUTHENTICATION, ROLES } from '../../src/access/metadata';
import { PUBLIC } from '../../src/platform/http/public.decorator';
import type { TestApp } from './test-app';

/** A route of a controller and who may call it, read from the decorators and not from the documentation. */
export interface RouteAccess {
  readonly method: string;
  readonly path: string;
  readonly isPublic: boolean;
  readonly acceptsMfaToken: boolean;
  /** What `@RequireMfa()` says on the controller and the method; empty without `MfaGuard`. */
  readonly mfa: readonly AssuranceRequirement[];
  /** Seconds that `@RequireRecentAuthentication()` says on the controller and the method. */
  readonly recentAuthentication: readonly number[];
  readonly permissions: readonly string[];
  readonly roles: readonly string[];
  /** Names of the guards of controller and method. */
  readonly guards: readonly string[];
}

/** Every route of every controller, sorted by path and method. */
export function routeAccessOf(app: TestApp): RouteAccess[] {
  const scanner = app.nest.get(MetadataScanner, { strict: false });
  const controllers = app.nest.get(DiscoveryService, { strict: false }).getControllers();
  return controllers
    .flatMap(({ metatype }) => {
      const controller = metatype as Type;
      const prototype = controller.prototype as Record<string, object>;
      return scanner
        .getAllMethodNames(prototype)
        .map((name) => prototype[name]!)
        .filter((handler) => Reflect.hasMetadata(METHOD_METADATA, handler))
        .map((handler) => accessOf(controller, handler));
    })
    .sort((a, b) => `${a.path} ${a.method}`.localeCompare(`${b.path} ${b.method}`, 'en'));
}

function accessOf(controller: Type, handler: object): RouteAccess {
  const both = [controller, handler];
  const guards = both
    .flatMap((target) => (Reflect.getMetadata(GUARDS_METADATA, target) as Type[] | undefined) ?? [])
    .map(({ name }) => name);
  return {
    method: RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod],
    path: pathOf(controller, handler),
    isPublic: PUBLIC.get(handler) === true,
    acceptsMfaToken: ACCEPTS_MFA_TOKEN.get(handler) === true,
    mfa: guards.includes('MfaGuard') ? both.flatMap((target) => ASSURANCE.allOf(target)) : [],
    recentAuthentication: both.flatMap((target) => RECENT_AUTHENTICATION.allOf(target)),
    permissions: guards.includes('PermissionsGuard') ? both.flatMap((target) => PERMISSIONS.allOf(target).flat()) : [],
    roles: guards.includes('RolesGuard') ? both.flatMap((target) => ROLES.allOf(target).flat()) : [],
    guards,
  };
}

function pathOf(controller: Type, handler: object): string {
  const parts = [controller, handler].map((target) => Reflect.getMetadata(PATH_METADATA, target) as string);
  const path = parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/');
  return `/${path}`;
}
