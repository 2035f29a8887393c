import { Injectable } from '@nestjs/common';

/** Permissions and roles that modules brought along: `permissions` with descriptions, `roles` with their permissions. */
export interface AccessFeature {
  /** Name, e.g. `payouts:approve`, and what it allows in one sentence. */
  readonly permissions?: Readonly<Record<string, string>>;
  /** Role and its permissions. Seeded at start; one that an administrator changed is left alone. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
}

/** The role that has every permission there is. */
export const ADMIN_ROLE = 'admin';

/** Every permission and role that the service and its modules know. */
@Injectable()
export class AccessCatalogue {
  private readonly permissionDescriptions = new Map<string, string>();
  private readonly roles = new Map<string, Set<string>>([[ADMIN_ROLE, new Set()]]);

  /** @throws Error when a permission is registered twice or is not written as `things:verb` */
  register({ permissions = {}, roles = {} }: AccessFeature): void {
    for (const [name, description] of Object.entries(permissions)) {
      if (this.permissionDescriptions.has(name)) throw new Error(`Permission ${name} is registered twice`);
      if (!/^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*$/.test(name))
        throw new Error(`Permission ${name} is not of the form things:verb`);
      this.permissionDescriptions.set(name, description);
    }
    for (const [role, granted] of Object.entries(roles)) {
      this.roles.set(role, new Set([...(this.roles.get(role) ?? []), ...granted]));
    }
  }

  has(permission: string): boolean {
    return this.permissionDescriptions.has(permission);
  }

  /** Whether a module brings this role along; those that administrators made are not known here. */
  hasRole(role: string): boolean {
    return this.roles.has(role);
  }

  /** Every permission, sorted. */
  get permissions(): readonly string[] {
    return [...this.permissionDescriptions.keys()].sort();
  }

  /** Roles to seed; `admin` has every permission. @throws Error when a role names an unknown permission */
  get seededRoles(): ReadonlyMap<string, readonly string[]> {
    return new Map(
      [...this.roles].map(([role, granted]) => {
        const unknown = [...granted].filter((permission) => !this.has(permission));
        if (unknown.length > 0) throw new Error(`Role ${role} names unknown permissions: ${unknown.join(', ')}`);
        return [role, role === ADMIN_ROLE ? this.permissions : [...granted].sort()];
      }),
    );
  }
}
