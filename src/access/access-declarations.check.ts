import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { GUARDS_METADATA } from '@nestjs/common/constants';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { AccessCatalogue } from './access-catalogue';
import { PUBLIC } from '../platform/http/public.decorator';
import { ACCEPTS_MFA_TOKEN, PERMISSIONS, ROLES } from './metadata';
import { MfaGuard } from './mfa.guard';
import { PermissionsGuard } from './permissions.guard';
import { RecentAuthenticationGuard } from './recent-authentication.guard';
import { RolesGuard } from './roles.guard';

/**
 * Stops the start when a route could never be answered: it demands a permission or a role that nobody registered, or reads a
 * principal where callers need not have one.
 */
@Injectable()
export class AccessDeclarationsCheck implements OnApplicationBootstrap {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly catalogue: AccessCatalogue,
  ) {}

  onApplicationBootstrap(): void {
    const problems: string[] = [];
    for (const { metatype } of this.discovery.getControllers()) {
      if (typeof metatype !== 'function') continue;
      const prototype = metatype.prototype as Record<string, object>;
      const methods = this.scanner.getAllMethodNames(prototype).map((name) => prototype[name]);
      for (const target of [metatype, ...methods]) {
        const demanded = target === undefined ? [] : PERMISSIONS.allOf(target).flat();
        const unknown = demanded.filter((permission) => !this.catalogue.has(permission));
        problems.push(...unknown.map((permission) => `${metatype.name} demands the unknown permission ${permission}`));
        const roles = target === undefined ? [] : ROLES.allOf(target).flat();
        const unknownRoles = roles.filter((role) => !this.catalogue.hasRole(role));
        problems.push(...unknownRoles.map((role) => `${metatype.name} demands the unknown role ${role}`));
        const isPublic = target && PUBLIC.get(target);
        const isOpen = isPublic ?? (target && ACCEPTS_MFA_TOKEN.get(target));
        if (target && isPublic && [metatype, target].flatMap(guardsOf).includes(RecentAuthenticationGuard)) {
          problems.push(`${metatype.name} demands a recent authentication on a public route`);
        }
        if (target && isOpen && [metatype, target].some(readsPrincipal)) {
          problems.push(
            `${metatype.name} demands a second factor, a permission or a role of callers without an access token`,
          );
        }
      }
    }
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }
}

function readsPrincipal(target: object): boolean {
  return guardsOf(target).some((guard) => guard === MfaGuard || guard === PermissionsGuard || guard === RolesGuard);
}

function guardsOf(target: object): unknown[] {
  return (Reflect.getMetadata(GUARDS_METADATA, target) as unknown[] | undefined) ?? [];
}
